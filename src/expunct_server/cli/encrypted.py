"""What commands say of an encrypted document: the option, where an answer of the API names the field."""

from typing import Final

from expunct_server.redaction.formats import unlocking

_SAID: Final = {
    unlocking.NEEDED: "The document is encrypted: name a file that holds its password with --password-file, or save it "
    "without one.",
    unlocking.WRONG: "The document is encrypted and the password in the file of --password-file does not open it: name "
    "the right one.",
    unlocking.UNKNOWN: "The document is encrypted in a way that is not read: save it without its password.",
}


def told(detail: str) -> str:
    """Why a document failed, as whoever typed the command can mend it."""
    for said, here in _SAID.items():
        detail = detail.replace(said, here)  # it may stand behind where: "Member 3 of the archive ..."
    return detail
