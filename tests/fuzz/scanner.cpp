// Any bytes as a table: entries lie within it in order, an edit changes exactly what it says, an
// annotation changes no entry, and the audit has a place for everything it finds.
#include "core/audit/source_audit.hpp"
#include "core/base/text.hpp"
#include "core/table/document.hpp"
#include "core/table/editor.hpp"
#include "core/table/effect.hpp"
#include "core/table/unified_diff.hpp"
#include "core/x509/digest.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace relayctl;

namespace {

void check_entries(const Document& document)
{
    std::size_t end = 0;
    for (const Entry& entry : document.entries()) {
        require(
            entry.begin >= end && entry.begin < entry.end && entry.end <= document.text().size());
        require(!document.key(entry).empty() && !document.value(entry).empty());
        require(trim(document.value(entry)) == document.value(entry));
        end = entry.end;
    }
}

void check_erase(const Document& document)
{
    if (document.entries().empty()) {
        return;
    }
    const Entry& entry = document.entries()[document.text().size() % document.entries().size()];
    Editor editor(document);
    editor.erase(entry);
    const auto splices = editor.splices();
    const Document after(apply_splices(document.text(), splices));
    require(after.entries().size() + 1 == document.entries().size());
    const Effect effect = effect_of(document, splices, {});
    require(effect.entries_before == document.entries().size()
        && effect.entries_after == after.entries().size());
    unified_diff(document.text(), splices, "old", "new");
}

void check_annotate(const Document& document)
{
    for (const Entry& entry : document.entries()) {
        Annotation annotation = document.annotation(entry);
        require(document.annotation_line(entry).has_value() || annotation.subject.empty());
        annotation.note = document.key(entry); // any bytes
        Editor editor(document);
        editor.set_annotation(entry, annotation);
        const Document after(apply_splices(document.text(), editor.splices()));
        require(after.entries().size() == document.entries().size());
        const std::size_t number = static_cast<std::size_t>(&entry - document.entries().data());
        const Entry& same = after.entries()[number];
        require(
            after.key(same) == document.key(entry) && after.value(same) == document.value(entry));
        if (number == 2) {
            break; // a few tell enough
        }
    }
}

void check_append(const Document& document)
{
    static const std::string key = "DE:AD:BE:EF:DE:AD:BE:EF:DE:AD:BE:EF:DE:AD:BE:EF";
    Editor editor(document);
    editor.append(key, "new.example");
    const auto splices = editor.splices();
    const Document after(apply_splices(document.text(), splices));
    require(after.entries().size() == document.entries().size() + 1);
    require(after.key(after.entries().back()) == key
        && after.value(after.entries().back()) == "new.example");
    unified_diff(document.text(), splices, "old", "new");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Digest digest = Digest::by_name("sha256");
    static const TableName table = TableName::parse("hash:table");
    const Document document{ std::string(text_of(data, size)) };
    check_entries(document);
    check_erase(document);
    check_append(document);
    check_annotate(document);
    for (const Finding& finding : audit_source(std::string(document.text()), table, digest)) {
        require(!finding.id.empty() && !finding.message.empty());
    }
    return 0;
}
