"""What is hostile in the files of a repository: every file is read, nothing in it is run."""

from filiation.scan.answer import Scan, Status
from filiation.scan.folder import scan_file, scan_folder
from filiation.scan.limits import Limits

__all__ = ["Limits", "Scan", "Status", "scan_file", "scan_folder"]
