"""Properties of messages (MS-OXPROPS): what people call them, which hold no text, which are made of others."""

from typing import Final

BODY, HTML, RTF, HEADERS = 0x1000, 0x1013, 0x1009, 0x007D
CLASS, CODE_PAGE, INTERNET_CODE_PAGE = 0x001A, 0x3FFD, 0x3FDE
DATA, METHOD, SIZE_OF_DATA, NUMBER_OF_DATA = 0x3701, 0x3705, 0x0E20, 0x0E21
MIME_TYPE = 0x370E
FILE_NAMES: Final = (0x3707, 0x3704, 0x3001)
"""Of an attachment, the best first."""
NAMED: Final = 0x8000
"""From here on properties have names of their own."""

NAMES: Final = {
    0x0037: "subject", 0x0E1D: "subject", 0x003D: "subject prefix", 0x0070: "conversation topic", 0x1000: "body",
    0x0C1A: "sender name", 0x0C1F: "sender address", 0x5D01: "sender address", 0x5D0A: "sender address",
    0x0042: "sender name", 0x0065: "sender address", 0x5D02: "sender address", 0x0040: "receiver name",
    0x0076: "receiver address", 0x5D07: "receiver address", 0x0044: "receiver name", 0x0078: "receiver address",
    0x5D08: "receiver address", 0x0050: "reply to", 0x0E02: "bcc", 0x0E03: "cc", 0x0E04: "to", 0x0074: "to",
    0x0073: "cc", 0x0072: "bcc", 0x3001: "display name", 0x3003: "address", 0x39FE: "address", 0x5FF6: "display name",
    0x403E: "address", 0x403D: "address type", 0x3002: "address type", 0x0C1E: "address type", 0x1035: "message id",
    0x1039: "references", 0x1042: "in reply to", 0x1001: "text of a report", 0x0C1B: "more of a report",
    0x0049: "subject", 0x004D: "author", 0x005A: "sender name", 0x0067: "sender address", 0x005D: "sender name",
    0x0069: "sender address", 0x3FF8: "author", 0x3FFA: "author", 0x4038: "author", 0x4039: "author",
    0x3704: "file name", 0x3707: "file name", 0x3703: "file extension", 0x3708: "path", 0x370D: "path",
    0x370E: "MIME type", 0x3712: "content id", 0x3713: "content location", 0x001A: "message class",
    0x3A05: "generation", 0x3A06: "given name", 0x3A07: "government id", 0x3A08: "business telephone",
    0x3A09: "home telephone", 0x3A0A: "initials", 0x3A0B: "keyword", 0x3A0C: "language", 0x3A0D: "location",
    0x3A10: "organizational id", 0x3A11: "surname", 0x3A13: "name", 0x3A15: "postal address", 0x3A16: "company",
    0x3A17: "job title", 0x3A18: "department", 0x3A19: "office", 0x3A1A: "telephone", 0x3A1B: "business telephone",
    0x3A1C: "mobile telephone", 0x3A1D: "radio telephone", 0x3A1E: "car telephone", 0x3A1F: "other telephone",
    0x3A20: "display name", 0x3A21: "pager", 0x3A23: "fax", 0x3A24: "fax", 0x3A25: "fax", 0x3A26: "country",
    0x3A27: "city", 0x3A28: "state", 0x3A29: "street address", 0x3A2A: "postal code", 0x3A2B: "post office box",
    0x3A2D: "ISDN number", 0x3A2E: "assistant telephone", 0x3A2F: "home telephone", 0x3A30: "assistant",
    0x3A41: "wedding anniversary", 0x3A42: "birthday", 0x3A43: "hobbies", 0x3A44: "middle name", 0x3A45: "prefix",
    0x3A46: "profession", 0x3A47: "referred by", 0x3A48: "spouse", 0x3A49: "computer", 0x3A4A: "customer id",
    0x3A4B: "TTY telephone", 0x3A4C: "FTP site", 0x3A4E: "manager name", 0x3A4F: "nickname", 0x3A50: "home page",
    0x3A51: "home page", 0x3A57: "company telephone", 0x3A58: "children", 0x3A59: "home city", 0x3A5A: "home country",
    0x3A5B: "home postal code", 0x3A5C: "home state", 0x3A5D: "home street address", 0x3A5E: "home post office box",
    0x3A5F: "other city", 0x3A60: "other country", 0x3A61: "other postal code", 0x3A62: "other state",
    0x3A63: "other street address", 0x3A64: "other post office box",
}  # fmt: skip
OF_FILES: Final = frozenset({0x3704, 0x3707, 0x3703})
"""What a file will be called by a system that takes no marks in a name."""
FIELDS: Final = {0x1035: "message-id", 0x1039: "references", 0x1042: "in-reply-to"}
"""Texts that fields of a message of mail have too, with marks around addresses."""
LINES: Final = frozenset({BODY, 0x1001})
"""Texts of several lines, which places count."""
NO_PROSE: Final = frozenset({CLASS, MIME_TYPE, 0x3703, 0x3002, 0x0C1E, 0x0064, 0x0075, 0x0077, 0x403D, 0x3712, 0x1035})
CLASSES: Final = (
    r"(?:IPM|REPORT)(?:\.(?:Note|Appointment|Contact|DistList|Task|TaskRequest|StickyNote|Activity|Post|Document|"
    r"Schedule|Meeting|Request|Resp|Pos|Neg|Tent|Canceled|Accept|Decline|Update|Microsoft|Voicemail|Fax|UM|CA|OLE|"
    r"CLASS|SMIME|MultipartSigned|NDR|DR|IPNRN|IPNNRN|Rules|OofTemplate|ReplyTemplate|Recall|Report|Success|Failure|"
    r"Sharing|Rss|InfoPathForm|Notification|Forward))*"
)
"""What a message is, in words of programs (MS-OXCMSG, 2.2.1.3); others have words of people."""

DATES: Final = frozenset({0x3A41, 0x3A42})
"""Times that say something of a person; all others say it of a message and stay."""
NAMED_DATES: Final = {0x80DE: "birthday", 0x80DF: "wedding anniversary"}
OF_PROGRAMS: Final = range(0x6600)
"""Numbers here are flags, counts and the like."""
DERIVED: Final = frozenset({0x0E08, 0x1006, 0x1007, 0x1010, 0x1011})
"""Numbers made of what is redacted: the size of all, a check of the text and where in it something is."""
NO_TEXT: Final = frozenset({0x0071})
"""Binary properties that hold no text: the place in a conversation (MS-OXOMSG, 2.2.1.3)."""
ENTRY_IDS: Final = {
    0x0FFF: (0x3001, 0x3002, 0x3003), 0x5FF7: (0x3001, 0x3002, 0x3003), 0x0C19: (0x0C1A, 0x0C1E, 0x0C1F),
    0x0041: (0x0042, 0x0064, 0x0065), 0x003F: (0x0040, 0x0075, 0x0076), 0x0043: (0x0044, 0x0077, 0x0078),
}  # fmt: skip
"""Identifiers of people, and of what they are made anew: name, type of address, address."""
BY_VALUE, OLE = 1, 6
"""How a file and how an object of another program is attached (MS-OXCMSG, 2.2.2.9)."""
