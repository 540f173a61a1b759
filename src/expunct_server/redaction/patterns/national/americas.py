"""Canada, Mexico, Central America and the Caribbean, South America. The United States: patterns/identity.py."""

from typing import Final

from expunct_server.redaction.patterns import check_digits_world as world
from expunct_server.redaction.patterns.check_digits import by_stdnum, enough_digits
from expunct_server.redaction.patterns.national.rows import acronym, number

_CA: Final = ("en", "fr")
_ES: Final = ("es", "en")
_PT: Final = ("pt", "en")
_CEDULA: Final = (
    r"c[eé]dulas?(?: (?:de )?(?:identidad|ciudadan[ií]a))?",
    r"documento (?:de )?identidad",
    r"c\.? ?i\.?",
)
_CURP = r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d"

ROWS: Final = (
    number(
        "ca_sin", "NATIONAL_ID", r"\d{3}([- ]?)\d{3}\1\d{3}", by_stdnum("ca.sin"),
        (acronym("SIN"), r"social insurance(?: number)?", r"s\.i\.n\.?", acronym("NAS"), r"num[eé]ro d'assurance sociale"), _CA,
        ("SIN: «123-456-782»", "social insurance number «193456787»", "NAS : «123 456 782»"),
        ("SIN 123-456-780", "part 123-456-782", "SIN 123-456 782"),
    ),
    number(
        "ca_bc_phn", "HEALTH_ID", r"9\d{3} ?\d{3} ?\d{3}", by_stdnum("ca.bc_phn"),
        (r"phn", r"personal health number", r"care ?card", r"bc services card", acronym("MSP")), _CA,
        ("PHN «9698 658 215»",), ("PHN 9698 658 210", "tracking 9698658215"),
    ),
    number(
        "ca_ohip", "HEALTH_ID", r"\d{4}[- ]?\d{3}[- ]?\d{3}(?:[- ]?[A-Z]{2})?", world.ohip,
        (r"ohip", r"health (?:card|insurance)(?: (?:number|no))?", acronym("HCN"), r"ontario health"), _CA,
        ("OHIP «1234-567-897-AB»", "health card number: «9876543217»"), ("OHIP 1234-567-890", "call 1234-567-897"),
    ),
    number(
        "ca_ramq", "HEALTH_ID", r"[A-Z]{4}[ -]?\d{4}[ -]?\d{4}", world.ramq,
        (r"ramq", r"(?:num[eé]ro d')?assurance[- ]maladie", r"carte soleil", r"qu[eé]bec health", acronym("NAM")), _CA,
        ("NAM : «TREM 8557 1212»", "RAMQ «GAGN90021534»"), ("RAMQ TREM 8599 1212", "modèle TREM 8557 1212"),
    ),
    number(
        "mx_curp", "NATIONAL_ID", _CURP, by_stdnum("mx.curp"), (r"curp", r"registro de poblaci[oó]n"), _ES,
        ("CURP: «BOXW310820HNERXN09»", "(«BOXW310820HNERXN09»)"), ("BOXW310820HNERXN00", "BOXW311320HNERXN09"), bare=0.95,
    ),
    number(
        "mx_rfc", "TAX_ID", r"[A-ZÑ&]{3,4}[- ]?\d{6}[- ]?[A-Z0-9]{2}[0-9A]", by_stdnum("mx.rfc", validate_check_digits=True),
        (r"rfc", r"r\.f\.c\.?", r"registro federal"), _ES,
        ("RFC: «GODE561231GR8»", "R.F.C. «GODE-561231-GR8»"),
        ("RFC GODE561331GR8", "GODE5612"), bare=0.6,
    ),
    number(
        "mx_rfc_form", "TAX_ID", r"[A-ZÑ&]{3,4}[- ]?\d{6}[- ]?[A-Z0-9]{3}", by_stdnum("mx.rfc"),
        (r"rfc", r"r\.f\.c\.?", r"registro federal"), _ES,
        ("RFC «XAXX010101AB7»",), ("RFC XAXX013101AB7", "modelo XAXX010101AB7"), known=0.85,
    ),
    number(
        "br_cpf", "TAX_ID", r"\d{3}\.\d{3}\.\d{3}-\d{2}", by_stdnum("br.cpf"), (r"cpf", r"cadastro de pessoas? f[ií]sicas?"), _PT,
        ("CPF: «390.533.447-05»", "portador «231.002.999-81», RG"), ("390.533.447-00", "390.533.447.05"), bare=0.85,
    ),
    number(
        "br_cpf_digits", "TAX_ID", r"\d{9}-?\d{2}", by_stdnum("br.cpf"), (r"cpfs?", r"pessoas? f[ií]sicas?", r"brazilian tax"), _PT,
        ("CPF «39053344705»",), ("CPF 39053344700", "pedido 39053344705"),
    ),
    number(
        "br_cnpj", "TAX_ID", r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}|\d{14}", by_stdnum("br.cnpj"), (r"cnpj", r"pessoa jur[ií]dica", r"brazilian tax"), _PT,
        ("CNPJ: «16.727.230/0001-97»", "CNPJ «16727230000197»"), ("CNPJ 16.727.230/0001-00", "16727230000197"),
    ),
    number(
        "br_rg", "NATIONAL_ID", r"\d{1,2}\.\d{3}\.\d{3}-[\dXx]|\d{8,9}[\dXx]?", enough_digits(7, 10),
        (acronym("RG"), r"r\.g\.", r"registro geral", r"carteira de identidade"), _PT,
        ("RG «12.345.678-9»", "carteira de identidade: «345678901»"), ("lote 12.345.678-9", "RG 1234"), known=0.75,
    ),
    number(
        "ar_cuit", "TAX_ID", r"(?:20|23|24|27|30|33|34)-?\d{8}-?\d", by_stdnum("ar.cuit"), (r"cui[tl]", r"c\.u\.i\.[tl]\.?", r"afip"), _ES,
        ("CUIT: «20-05536168-2»", "CUIL «20055361682»"), ("CUIT 20-05536168-0", "pedido 20055361682"),
    ),
    number(
        "ar_dni", "NATIONAL_ID", r"\d{1,2}\.\d{3}\.\d{3}|\d{7,8}", enough_digits(7, 8),
        (r"dni", r"d\.n\.i\.?", r"documento nacional de identidad", r"libreta c[ií]vica"), _ES,
        ("DNI «20.123.456»", "DNI: «31245678»"), ("precio 20.123.456", "DNI 123456"), known=0.75,
    ),
    number(
        "cl_rut", "NATIONAL_ID", r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]|\d{7,8}-[\dKk]", by_stdnum("cl.rut"),
        (acronym("RUT"), acronym("RUN"), r"r\.u\.[tn]\.?", r"rol [uú]nico", r"chilean (?:id|tax)"), _ES,
        ("RUT: «12.531.909-2»", "RUN «12531909-2»"), ("RUT 12.531.909-0", "lote 12531909-2"), bare=0.4,
    ),
    number(
        "co_nit", "TAX_ID", r"\d{3}\.?\d{3}\.?\d{3}-?\d", by_stdnum("co.nit"), (acronym("NIT"), r"n\.i\.t\.?", acronym("RUT"), acronym("DIAN")), _ES,
        ("NIT: «213.123.432-1»",), ("NIT 213.123.432-0", "213.123.432-1"),
    ),
    number(
        "co_cedula", "NATIONAL_ID", r"\d{1,3}(?:\.\d{3}){2,3}|\d{6,10}", enough_digits(6, 10),
        (r"c\.? ?c\.", r"c[eé]dulas?(?: de (?:ciudadan[ií]a|extranjer[ií]a))?", r"tarjeta de identidad"), _ES,
        ("cédula de ciudadanía «1.018.234.567»", "C.C. «79654321»"), ("valor 1.018.234.567", "cédula 123"), known=0.75,
    ),
    number(
        "pe_cui", "NATIONAL_ID", r"\d{8}-?[0-9A-K]", by_stdnum("pe.cui"), (r"dni", acronym("CUI"), r"documento nacional"), _ES,
        ("DNI «10117410-2»",), ("DNI 10117410-0", "10117410-2"),
    ),
    number(
        "pe_ruc", "TAX_ID", r"(?:10|15|17|20)\d{9}", by_stdnum("pe.ruc"), (acronym("RUC"), r"sunat"), _ES,
        ("RUC: «20512333550»",), ("RUC 20512333551", "20512333559"),
    ),
    number(
        "ec_ci", "NATIONAL_ID", r"[0-2]\d{8}-?\d", by_stdnum("ec.ci"), _CEDULA, _ES,
        ("cédula «171430710-3»", "C.I.: «1714307103»"), ("cédula 171430710-0", "orden 1714307103"),
    ),
    number(
        "ec_ruc", "TAX_ID", r"[0-2]\d{12}", by_stdnum("ec.ruc"), (acronym("RUC"), r"contribuyentes?"), _ES,
        ("RUC «1792011450001»",), ("RUC 1792011453001", "1792060346001"),
    ),
    number(
        "uy_ci", "NATIONAL_ID", r"\d\.\d{3}\.\d{3}-\d|\d{6,7}-\d", world.uy_ci, _CEDULA, _ES,
        ("C.I. «1.234.567-2»", "cédula de identidad «4567890-5»"), ("C.I. 1.234.567-0", "precio 1.234.567-2"),
    ),
    number(
        "uy_rut", "TAX_ID", r"\d{2}-?\d{6}-?\d{3}-?\d", by_stdnum("uy.rut"), (acronym("RUT"), r"rol [uú]nico tributario", acronym("DGI")), _ES,
        ("RUT «21-100342-001-7»",), ("RUT 21-100342-001-0", "21-100342-001-7"),
    ),
    number(
        "py_ruc", "TAX_ID", r"\d{6,8}-\d", by_stdnum("py.ruc"), (acronym("RUC"), r"contribuyentes?"), _ES,
        ("RUC «80028061-0»",), ("RUC 80028061-1", "80028061-0"),
    ),
    number(
        "ve_cedula", "NATIONAL_ID", r"[VE]-?(?:\d{1,2}\.\d{3}\.\d{3}|\d{6,8})", enough_digits(6, 8), _CEDULA, _ES,
        ("cédula «V-12.345.678»", "C.I. «V12345678»"), ("cédula X-12.345.678", "modelo V12345678"), known=0.85,
    ),
    number(
        "ve_rif", "TAX_ID", r"[VEJPG]-?\d{8}-?\d", by_stdnum("ve.rif"), (acronym("RIF"), r"r\.i\.f\.?", r"seniat"), _ES,
        ("RIF: «V-11470283-4»",), ("RIF V-11470283-0", "V114702834"),
    ),
    number(
        "do_cedula", "NATIONAL_ID", r"\d{3}-\d{7}-\d|\d{11}", by_stdnum("do.cedula"), _CEDULA, _ES,
        ("cédula «001-1391820-5»",), ("cédula 001-1391820-0", "001-1391820-5"),
    ),
    number(
        "cr_cpf", "NATIONAL_ID", r"\d-\d{4}-\d{4}|\d{2}-\d{4}-\d{4}|0?[1-9]\d{8}", by_stdnum("cr.cpf"), _CEDULA, _ES,
        ("cédula «3-0455-0175»", "C.I. «701610395»"), ("ref. 3-0455-0175", "cédula 04550175"), known=0.8,
    ),
    number(
        "gt_nit", "TAX_ID", r"\d{5,8}-?[\dK]", by_stdnum("gt.nit"), (acronym("NIT"), acronym("SAT")), _ES,
        ("NIT «576937-K»",), ("NIT 576937-0", "576937-K"),
    ),
    number(
        "sv_nit", "TAX_ID", r"\d{4}-\d{6}-\d{3}-\d", by_stdnum("sv.nit"), (acronym("NIT"), r"n\.i\.t\.?"), _ES,
        ("NIT: «0614-050707-104-8»",), ("NIT 0614-050707-104-0", "0614-050707-104"),
    ),
    number(
        "cu_ni", "NATIONAL_ID", r"\d{11}", by_stdnum("cu.ni"), (r"carn[eé] de identidad", r"n[uú]mero de identidad", r"cuban (?:id|identity)"), _ES,
        ("carné de identidad «91021027775»",), ("carné de identidad 91133127775", "91021027775"), known=0.85,
    ),
)  # fmt: skip
