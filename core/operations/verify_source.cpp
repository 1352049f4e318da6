#include "core/operations/verify_source.hpp"

#include "core/audit/annotation_audit.hpp"
#include "core/audit/source_audit.hpp"
#include "core/base/one_state.hpp"
#include "core/base/parallel.hpp"
#include "core/table/annotation.hpp"
#include "core/table/document.hpp"
#include "core/table/source_part.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <mutex>
#include <span>
#include <utility>

namespace relayctl {

namespace {

// What was found in one part.
struct PartExamination {
    PartAudit lines;
    std::vector<Finding> of_annotations;
    TableMeasures measures;
    ContentSum content;
};

// Examines a source once. Each thread reads a part, while no other does, and then examines it.
class SourceExaminer {
public:
    SourceExaminer(int fd, const std::string& path, std::size_t size, std::size_t part_bytes,
        const TableName& table, const Digest& digest, const VerifyOptions& options,
        bool sums_content)
        : fd_(fd)
        , path_(path)
        , reader_(fd, path, size, part_bytes)
        , threads_(std::min(processor_count(), size / part_bytes + 1))
        , table_(table)
        , options_(options)
        , digest_(digest)
        , sums_content_(sums_content)
    {
    }

    // Returns false if the source has been shortened meanwhile.
    bool examine_parts()
    {
        in_parallel(
            threads_,
            [this](std::size_t) {
                SourcePart part;
                while (PartExamination* const result = next(part)) {
                    examine(part, *result);
                }
            },
            1);
        return reader_.has_read_all();
    }

    // Puts together what was found in the parts.
    SourceExamination take()
    {
        SourceExamination result;
        std::vector<PartAudit> audits;
        std::vector<Finding> of_annotations;
        for (PartExamination& part : parts_) {
            audits.push_back(std::move(part.lines));
            std::move(part.of_annotations.begin(), part.of_annotations.end(),
                std::back_inserter(of_annotations));
            add_measures(result.measures, part.measures);
            result.content.add(part.content);
        }
        result.findings = audit_source(
            std::move(audits), table_, [this](std::size_t begin) { return text_from(begin); });
        std::move(
            of_annotations.begin(), of_annotations.end(), std::back_inserter(result.findings));
        return result;
    }

private:
    // Reads the next part, and returns the place for what is found in it; nullptr at the end.
    PartExamination* next(SourcePart& part)
    {
        const std::lock_guard lock(mutex_);
        return reader_.next(part) ? &parts_.emplace_back() : nullptr;
    }

    void examine(SourcePart& part, PartExamination& result) const
    {
        ContentSum content; // not in the result: neighbours there would share a cache line
        const EntryLineVisitor add
            = [&](const LogicalLine& line) { content.add(line.key, line.value); };
        result.lines = audit_part(part, table_, digest_, sums_content_ ? add : EntryLineVisitor());
        result.content = content;
        const bool may_be_annotated = result.lines.has_comments && may_have_annotations(part.text);
        // Only these need the entries once more.
        if (!may_be_annotated && !options_.counts_entries) {
            return;
        }
        const Document document(std::move(part.text), part.lines_before);
        result.of_annotations = audit_annotations(document, table_, options_.now, options_.repair);
        if (options_.counts_entries) {
            count_entries(document, options_.now, result.measures);
        }
    }

    // Reads at least the logical line that begins at this place.
    std::string text_from(std::size_t begin) const
    {
        std::string text;
        for (std::size_t wanted = 512;; wanted *= 2) { // few lines are longer
            text.resize(wanted);
            text.resize(read_at(fd_, begin, text, path_));
            if (text.size() < wanted || line_behind(text, 0) < text.size()) {
                return text;
            }
        }
    }

    int fd_;
    const std::string& path_;
    std::mutex mutex_; // of the next two
    PartReader reader_;
    std::deque<PartExamination> parts_; // a deque, since the threads refer to its elements
    std::size_t threads_;
    const TableName& table_;
    const VerifyOptions& options_;
    const Digest& digest_;
    bool sums_content_;
};

} // namespace

SourceExamination examine_source(const OpenFile& file, const std::string& path,
    const TableName& table, const Digest& digest, const VerifyOptions& options, bool sums_content,
    std::size_t part_bytes)
{
    SourceExamination result;
    read_one_state(file, path, [&](std::size_t size) {
        SourceExaminer examiner(
            file.fd.get(), path, size, part_bytes, table, digest, options, sums_content);
        const bool is_complete = examiner.examine_parts();
        if (is_complete) {
            result = examiner.take();
        }
        return is_complete;
    });
    return result;
}

} // namespace relayctl
