"""East, South and South-East Asia, the Middle East."""

from typing import Final

from expunct_server.redaction.patterns import check_digits_world as world
from expunct_server.redaction.patterns.check_digits import by_stdnum, enough_digits
from expunct_server.redaction.patterns.labels import NOT_AFTER, labelled
from expunct_server.redaction.patterns.national.rows import acronym, number
from expunct_server.redaction.patterns.row import Pattern

_EN: Final = ("en",)
_HI: Final = ("hi", "en")
_ZH: Final = ("zh", "en")
_AR: Final = ("ar", "en")

ROWS: Final = (
    number(
        "in_aadhaar", "NATIONAL_ID", r"[2-9]\d{3}([ -]?)\d{4}\1\d{4}", by_stdnum("in_.aadhaar"),
        (r"aadhaa?r", r"adhaa?r", r"uidai?", r"आधार", r"unique identification"), _HI,
        ("Aadhaar: «2341 2341 2346»", "आधार संख्या «298765432101»"), ("Aadhaar 2341 2341 2340", "code 2341 2341 2346"), bare=0.3,
    ),
    number(
        "in_pan", "TAX_ID", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", by_stdnum("in_.pan"),
        (r"pan(?: ?card)?", r"permanent account", r"income tax"), _HI,
        ("PAN: «ACUPA7085R»", "proprietor «BNZPK1234L» of"), ("ACUXA7085R", "ACUPA70851", "XACUPA7085R"), bare=0.6,
    ),
    Pattern(
        name="in_pan_labelled",
        entity_type="TAX_ID",
        expression=labelled(r"permanent account(?: number| no)?", r"pan(?: card|_card)?(?=[ _](?:no|num)|[\"':#=])", value=r"(?P<v>[A-Z]{5}\d{4}[A-Z])" + NOT_AFTER, capitals=("PAN(?: card)?",)),
        score=0.85,
        check_name="label",
        countries=("IN",),
        languages=_HI,
        examples=("PAN «ABCDE1234F»", '"pan_no": "«ABCDE1234F»"'),
        near_misses=("pan ABCDE1234F", "PAN ABCDE12345", "JAPAN ABCDE1234F"),
    ),
    number(
        "in_gstin", "TAX_ID", r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]", by_stdnum("in_.gstin"), (r"gst(?:in)?",), _HI,
        ("GSTIN «27AAPFU0939F1ZV»",), ("27AAPFU0939F1Z0", "28AAPFU0939F1"), bare=0.9,
    ),
    number(
        "in_voter", "NATIONAL_ID", r"[A-Z]{3}\d{7}", by_stdnum("in_.epic"), (r"voter(?: id)?", acronym("EPIC"), r"elector(?:al)?"), _HI,
        ("voter ID «WKH1186253»",), ("voter ID WKH1186250", "WKH1186253"),
    ),
    number(
        "pk_cnic", "NATIONAL_ID", r"\d{5}-\d{7}-\d", by_stdnum("pk.cnic"), (r"cnic", r"nicop", r"شناختی کارڈ", r"pakistani? (?:id|national)"),
        ("ur", "en"), ("CNIC «34201-0891231-8»", "resident «42201-0397640-8», Karachi"), ("94201-0891231-8", "34201-08912-8", "1-34201-0891231-8"), bare=0.6,
    ),
    number(
        "cn_ric", "NATIONAL_ID", r"[1-9]\d{16}[\dXx]", world.cn_id,
        (r"身份证", r"居民身份", r"公民身份号码", r"chinese (?:id|identity)", r"resident identity"), _ZH,
        ("身份证号码：«360426199101010071»", "«11010519491231002X»，北京"), ("360426199101010070", "360426199113010071"), bare=0.85,
    ),
    number(
        "hk_id", "NATIONAL_ID", r"[A-Z]{1,2}\d{6}(?:\([0-9A]\)|[0-9A])", world.hk_id,
        (r"hkid", r"hong kong (?:id|identity)", r"身份證", r"香港身份證"), _ZH,
        ("HKID: «A1234563»", "身份證號碼：«AB9876543»"), ("HKID A1234560", "A1234563"),
    ),
    number(
        "tw_id", "NATIONAL_ID", r"[A-Z][1289]\d{8}", world.tw_id,
        (r"身分證", r"身份證", r"統一編號", r"居留證", r"taiwan(?:ese)? (?:id|national)", acronym("ARC")), _ZH,
        ("身分證字號：«A123456789»", "ARC no. «A800000014»"), ("身分證 A123456780", "A123456789"),
    ),
    number(
        "kr_rrn", "NATIONAL_ID", r"\d{6}[- ]?[0-9]\d{6}", by_stdnum("kr.rrn", allow_future=False),
        (r"주민(?:등록)?번호", r"주민등록", r"외국인등록번호", r"rrn", r"resident registration", r"korean (?:id|national)"), ("ko", "en"),
        ("주민등록번호: «971013-9019026»", "RRN «9710139019026»"), ("주민등록번호 971013-9019020", "9710139019026"),
    ),
    number(
        "kr_brn", "TAX_ID", r"\d{3}-\d{2}-\d{5}", by_stdnum("kr.brn"), (r"사업자(?:등록)?번호", r"business registration"), ("ko", "en"),
        ("사업자등록번호 «116-82-00270»",), ("사업자등록번호 016-82-00276", "116-82-00276"),
    ),
    number(
        "jp_my_number", "NATIONAL_ID", r"\d{4}([ -]?)\d{4}\1\d{4}", by_stdnum("jp.in_"),
        (r"マイナンバー", r"個人番号", r"my number", r"individual number"), ("ja", "en"),
        ("マイナンバー：«628473648910»", "My Number «6284 7364 8910»"), ("個人番号 628473648911", "628473648910"),
    ),
    number(
        "sg_nric", "NATIONAL_ID", r"[STFGM]\d{7}[A-Z]", world.sg_nric, (r"nric", acronym("FIN"), r"singapore(?:an)? (?:id|identity)"), _EN,
        ("NRIC «S1234567D»", "tenant «T0123456G», unit", "FIN: «G1234567X»"), ("S1234567A", "NRIC S1234567A", "XS1234567D"), bare=0.7,
    ),
    number(
        "my_nric", "NATIONAL_ID", r"\d{6}-\d{2}-\d{4}|\d{12}", by_stdnum("my.nric"),
        (r"nric", r"my ?kad", r"kad pengenalan", r"no\.? k/?p", r"ic(?: no)?", r"malaysian? (?:id|identity)"), ("ms", "en"),
        ("MyKad «770305-02-1234»", "No. KP: «890712-14-5678»"), ("MyKad 771305-02-1234", "ref 770305-02-1234"),
    ),
    number(
        "th_pin", "NATIONAL_ID", r"\d-\d{4}-\d{5}-\d{2}-\d|\d \d{4} \d{5} \d{2} \d|\d{13}", by_stdnum("th.pin"),
        (r"เลข(?:ที่)?(?:บัตร)?ประจำตัว(?:ประชาชน)?", r"บัตรประชาชน", r"thai (?:id|national)"), ("th", "en"),
        ("เลขประจำตัวประชาชน «1-2345-45678-78-1»", "Thai ID: «1234545678781»"),
        ("Thai ID 1-2345-45678-78-0", "1234545678781"),
    ),
    number(
        "id_nik", "NATIONAL_ID", r"\d{16}", by_stdnum("id.nik"), (acronym("NIK"), r"ktp", r"nomor induk kependudukan", r"indonesian (?:id|identity)"), ("id", "en"),
        ("NIK: «3171011708450001»",), ("NIK 3171017708450001", "3171011708450001"), known=0.9,
    ),
    number(
        "id_npwp", "TAX_ID", r"\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}|\d{15}", by_stdnum("id.npwp"), (r"npwp", r"wajib pajak"), ("id", "en"),
        ("NPWP «01.312.166.0-091.000»",), ("NPWP 01.312.166.1-091.000", "013121660091000"),
    ),
    number(
        "ph_ids", "NATIONAL_ID", r"\d{2}-\d{7}-\d|\d{4}-\d{4}-\d{4}(?:-\d{4})?|\d{4}-\d{7}-\d|\d{12}", enough_digits(10, 16),
        (r"sss(?: (?:no|number))?", r"phil ?sys", r"philid", r"gsis", r"umid", r"philippine (?:id|national)", acronym("PSN"), acronym("PCN")), ("tl", "en"),
        ("SSS No. «34-1234567-8»", "PhilSys «1234-5678-9012-3456»"), ("item 34-1234567-8", "SSS 34-12345-8"), known=0.85,
    ),
    number(
        "ph_philhealth", "HEALTH_ID", r"\d{2}-\d{9}-\d", enough_digits(12, 12), (r"phil ?health", acronym("PIN")), ("tl", "en"),
        ("PhilHealth «12-345678901-2»",), ("lot 12-345678901-2", "PhilHealth 12-3456-2"), known=0.9,
    ),
    number(
        "ph_tin", "TAX_ID", r"\d{3}-\d{3}-\d{3}(?:-\d{3,5})?", enough_digits(9, 14), (acronym("TIN"), acronym("BIR"), r"taxpayer"), ("tl", "en"),
        ("TIN «123-456-789-000»",), ("tel 123-456-789-000", "TIN 123-456"), known=0.85,
    ),
    number(
        "vn_cccd", "NATIONAL_ID", r"0\d{2} ?\d{3} ?\d{3} ?\d{3}|\d{9}", enough_digits(9, 12),
        (r"cccd", r"cmnd", r"căn cước(?: công dân)?", r"chứng minh nhân dân", r"vietnamese (?:id|identity)"), ("vi", "en"),
        ("CCCD: «001085012345»", "căn cước công dân số «079 190 001 234»"), ("đơn hàng 001085012345", "CCCD 12345"), known=0.85,
    ),
    number(
        "vn_mst", "TAX_ID", r"\d{10}(?:-\d{3})?", by_stdnum("vn.mst"), (acronym("MST"), r"mã số thuế"), ("vi", "en"),
        ("MST: «0100233488»",), ("MST 0100233480", "0100233488"),
    ),
    number(
        "il_id", "NATIONAL_ID", r"\d{8}-?\d", by_stdnum("il.idnr"),
        (r"ת\.?[\"״']?ז\.?", r"תעודת זהות", r"מספר זהות", r"teudat ?zehut", r"mispar zehut", r"israeli (?:id|identity)"), ("he", "en"),
        ("ת.ז. «039337423»", "Teudat Zehut: «03933742-3»"), ("ת.ז. 039337420", "039337423"),
    ),
    number(
        "ae_id", "NATIONAL_ID", r"784-?\d{4}-?\d{7}-?\d", world.ae_id, (r"emirates id", acronym("EID"), r"الهوية(?: الإماراتية)?"), _AR,
        ("Emirates ID: «784-1985-1234567-3»", "«784-1990-7654321-6», Dubai"), ("784-1985-1234567-0", "785-1985-1234567-6"), bare=0.8,
    ),
    number(
        "sa_id", "NATIONAL_ID", r"[12]\d{9}", world.sa_id, (r"iqama", r"saudi (?:id|national)", r"الهوية الوطنية", r"رقم الهوية", r"إقامة", r"الإقامة"), _AR,
        ("Iqama no. «2101234561»", "رقم الهوية: «1012345672»"), ("Iqama 2101234560", "order 1012345672"),
    ),
)  # fmt: skip
