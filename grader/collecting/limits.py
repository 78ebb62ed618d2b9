"""How much one download, one submission and one file may be. What exceeds a limit costs itself."""

from typing import Final

LARGEST_FILE: Final = 100 * 2**20
"""Bytes. Platforms take files of 20 to 100 MB unless told otherwise; one is held in memory."""

LARGEST_SUBMISSION: Final = 256 * 2**20
"""Bytes of one submission, unpacked: a data set may be with it, and 300 of them fit a disk. All of
its archives together hold no more, nor are the archives themselves more that are held open."""

MOST_FILES: Final = 2_000
"""Files that come along with a notebook; more are an environment or a cache that was packed too."""

MOST_NOTEBOOKS: Final = 50
"""Notebooks in one submission; to choose among them each is read, and each may get a line."""

MOST_PACKED: Final = 20_000
"""Entries of a student's archives together: some hundred bytes of memory each, before any is looked
at."""

MOST_ARCHIVES: Final = 50
"""Archives of one submission, within one another and side by side: each is held open meanwhile."""

MOST_ENTRIES: Final = 500_000
"""Entries of a whole download: 300 students with more than a thousand files each."""

LARGEST_HEADER: Final = 2**16
"""Bytes of a tar file's header before a file's own: its path, and what systems keep of files."""

MOST_RECORDS: Final = 64
"""Records of such a header, with those that hold for all files: there are some ten."""

MOST_EXTRA: Final = 64 * 2**32
"""Sum of squares of the bytes that a zip file lists of its files beside their names. There are some
ten of each; for 64 times what can be, Python's `zipfile` copies for a second."""

RATIO: Final = 200
"""How often larger than its archive a submission may be, beyond `UNSUSPECTED` bytes. Notebooks and
tables pack to a tenth, plain zeros to a thousandth."""

UNSUSPECTED: Final = 20 * 2**20
"""Bytes that an archive may hold however well they are packed."""

DEEPEST_ARCHIVE: Final = 3
"""Archives within archives: a platform's, a student's, and the folder that was packed twice."""

DEEPEST_FOLDER: Final = 32
"""Folders within folders; nobody's homework is deeper, and paths have an end."""

LARGEST_ROSTER: Final = 32 * 2**20
"""Bytes of a roster or of a list of what was collected: some hundred thousand lines."""

MOST_COLUMNS: Final = 5_000
"""Columns of such a table. Canvas' gradebook has one for each assignment."""

MOST_CELLS: Final = 10_000_000
"""Cells of such a table, those included that lines lack at their ends: a hundred thousand students
with a hundred columns."""

MOST_WORDS: Final = 50
"""Words of a person's name: which of them comes first is tried with each."""

LARGEST_METADATA: Final = 64 * 2**20
"""Bytes of what a platform tells of a download: Gradescope's has every test's output in it."""

LONGEST_NAME: Final = 200
"""Bytes of a file's name. File systems take 255, and a temporary name needs some."""

LONGEST_PART: Final = 1_000
"""Characters of a name in an archive; file systems take some 255, a zip file 65,535. What a name
says of its owner, and of copies, is looked for from each of its characters on."""

MOST_BELOW_TOP: Final = 200_000
"""Entries below one folder at the top of a download, which may hold all the others."""

LARGEST_UNPACKED: Final = 20 * 2**30
"""Bytes of a compressed tar file that is itself the download; a course's."""
