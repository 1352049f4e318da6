#include "app/render/list_writer.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

// Returns the time, or an empty field if it is not known.
std::string plain_time(const std::optional<Time>& time)
{
    return time ? to_rfc3339(*time) : "";
}

// Writes one line for each entry as it comes, and keeps none.
class PlainListWriter : public ListWriter {
public:
    PlainListWriter(std::ostream& out, bool everything, bool with_table)
        : lines_(out)
        , everything_(everything)
        , with_table_(with_table)
    {
    }

    void write(const std::string& table, const Document& part,
        const std::vector<const Entry*>& entries) override
    {
        for (const Entry* entry : entries) {
            std::string& line = lines_.next();
            // Keys and values are escaped, so a tab is always a separator and a newline always an
            // end.
            append_escaped(line, part.key(*entry));
            line += '\t';
            append_escaped(line, part.value(*entry));
            if (everything_) {
                append_annotation(line, part.annotation(*entry));
            }
            if (with_table_) {
                line += '\t';
                append_escaped(line, table);
            }
            if (everything_) { // behind what was there before
                append_end(line, part.annotation(*entry));
            }
            line += '\n';
        }
    }

private:
    // Appends the fields in the order that the header of plain_list_writer() names.
    static void append_annotation(std::string& line, const Annotation& annotation)
    {
        for (const std::string& field : { annotation.kind, plain_time(annotation.expires),
                 plain_time(annotation.added), annotation.by, plain_time(annotation.retire_after),
                 annotation.subject, annotation.note }) {
            line += '\t';
            append_escaped(line, field);
        }
    }

    // Appends until when the client is to relay, and its owner.
    static void append_end(std::string& line, const Annotation& annotation)
    {
        for (const std::string& field : { plain_time(annotation.until), annotation.owner }) {
            line += '\t';
            append_escaped(line, field);
        }
    }

    Lines lines_;
    bool everything_;
    bool with_table_;
};

} // namespace

std::unique_ptr<ListWriter> plain_list_writer(std::ostream& out, bool everything, bool with_table)
{
    return std::make_unique<PlainListWriter>(out, everything, with_table);
}

} // namespace relayctl
