"""From the file that a council adopted to numbered clauses, with a report for the clerk to sign off.

read      a Word, PDF, OpenDocument, HTML, Markdown or text file → `Document`: paragraphs with where they stand
structure `Document` → `Outcome`: metadata, headings and numbered clauses, and a finding for whatever is not as it should be
drafts    a draft folder, its report, and publishing it as a new version
"""
