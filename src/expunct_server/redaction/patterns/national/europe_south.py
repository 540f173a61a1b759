"""Spain, Italy, Portugal, Greece, Malta, Cyprus, Turkey."""

from typing import Final

from expunct_server.redaction.patterns import check_digits as digits
from expunct_server.redaction.patterns.check_digits import by_stdnum, enough_digits
from expunct_server.redaction.patterns.national.rows import acronym, number

_ES: Final = ("es", "ca", "en")
_IT: Final = ("it", "en")
_PT: Final = ("pt", "en")
_EL: Final = ("el", "en")
_TR: Final = ("tr", "en")
_FISCAL = r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]"
_FISCAL_SPACED = r"[A-Z]{3} [A-Z]{3} [0-9]{2}[ABCDEHLMPRST][0-9]{2} [A-Z][0-9]{3}[A-Z]"

ROWS: Final = (
    number(
        "es_dni", "NATIONAL_ID", r"\d{8}[- ]?[TRWAGMYFPDXBNJZSQVHLCKE]|\d{1,2}\.\d{3}\.\d{3}[- ]?[TRWAGMYFPDXBNJZSQVHLCKE]",
        digits.es_dni,
        (r"dnis?", acronym("NIF"), r"d\.n\.i\.?", r"documento (?:nacional )?de identidad", r"spanish (?:id|national)"), _ES,
        ("DNI «54362315K»", "con DNI «54.362.315-K»", "vecina, «54362315K», de Lugo"), ("54362315A", "DNI 54362315A", "v1.54362315K"),
        bare=0.6,
    ),
    number(
        "es_nie", "NATIONAL_ID", r"[XYZ][- ]?\d{7}[- ]?[TRWAGMYFPDXBNJZSQVHLCKE]", by_stdnum("es.nie"),
        (acronym("NIE"), r"n\.i\.e\.?", r"extranjeros?", acronym("TIE"), acronym("NIF")), _ES,
        ("NIE: «X-2482300-W»", "titular «Y2482300Q»"), ("X2482300A", "NIE X-2482300-A"), bare=0.75,
    ),
    number(
        "es_cif", "TAX_ID", r"(?:ES)?[ABCDEFGHJNPQRSUVW][- ]?\d{7}[- ]?[0-9A-J]", by_stdnum("es.cif"),
        (acronym("CIF"), acronym("NIF"), r"c\.i\.f\.?", r"iva"), _ES, ("CIF «B58818501»", "NIF: «A-1358562-5»"), ("CIF B58818500", "serie B58818501"),
    ),
    number(
        "es_nss", "NATIONAL_ID", r"\d{2}[ /-]?\d{8}[ /-]?\d{2}", digits.es_nss,
        (r"seguridad social", acronym("NSS"), acronym("NAF"), r"afiliaci[oó]n"), _ES,
        ("nº de la Seguridad Social «28 12345678 40»", "NSS: «28/12345678/40»"),
        ("NSS 281234567841", "pedido 281234567826"),
    ),
    number(
        "it_codice_fiscale", "NATIONAL_ID", _FISCAL + "|" + _FISCAL_SPACED, by_stdnum("it.codicefiscale"),
        (r"codice fiscale", r"cod\. ?fisc", r"c\.f", acronym("CF"), r"fiscal code", r"italian (?:tax|fiscal)"), _IT,
        ("C.F. «RCCMNL83S18D969H»", "nata, «RSS MRA 85T10 A562S», a Roma", "(«RSSMRA85T10A562S»)"),
        ("RCCMNL83S18D969A", "RSSMRA85T10A562SX", "codice RSSMRA85T10A562A"),
        bare=0.9,
    ),
    number(
        "it_partita_iva", "TAX_ID", r"(?:IT ?)?\d{11}", by_stdnum("it.iva"),
        (r"partita iva", r"p\. ?iva", r"piva", r"part\. iva", r"vat"), _IT,
        ("P. IVA «IT 00743110157»", "partita IVA: «00743110157»"), ("P.IVA 00743110150", "ordine 00743110157"),
    ),
    number(
        "pt_nif", "TAX_ID", r"(?:PT ?)?[1235689]\d{2} ?\d{3} ?\d{3}", by_stdnum("pt.nif"),
        (acronym("NIF"), r"nipc", r"contribuinte", r"n[uú]mero fiscal", r"portuguese tax"), _PT,
        ("NIF «501964843»", "contribuinte n.º «223 456 780»"), ("NIF 501964840", "telefone 223 456 780"),
    ),
    number(
        "pt_cc", "NATIONAL_ID", r"\d{8}[ ]?\d[ ]?[A-Z0-9]{2}\d", by_stdnum("pt.cc"),
        (r"cart[ãa]o (?:de|do) cidad[ãa]o", acronym("CC"), r"bilhete de identidade", r"documento de identifica[çc][ãa]o"), _PT,
        ("Cartão de Cidadão «00000000 0 ZZ4»", "CC: «12345678 3 ZZ4»"), ("CC 00000000 0 ZZ0", "00000000 0 ZA1"),
    ),
    number(
        "gr_amka", "NATIONAL_ID", r"[0-3]\d[01]\d{8}", by_stdnum("gr.amka"), (r"amka", r"α\.?μ\.?κ\.?α\.?"), _EL,
        ("ΑΜΚΑ: «01013500002»", "AMKA «01013500002»"), ("ΑΜΚΑ 01013500000", "01013500002"),
    ),
    number(
        "gr_afm", "TAX_ID", r"(?:EL ?)?\d{9}", by_stdnum("gr.vat"),
        (r"afm", r"α\.?φ\.?μ\.?", r"αριθμ[όο][ςσ]? φορολογικο[υύ]", r"greek tax"), _EL,
        ("ΑΦΜ «023456780»", "AFM: «EL 094259216»"), ("ΑΦΜ 023456781", "023456780"),
    ),
    number(
        "gr_id_card", "NATIONAL_ID", r"(?<![Α-Ω])[A-ZΑ-Ω]{1,2}[- ]?\d{6}", enough_digits(6, 6),
        (r"α\.?δ\.?τ\.?", r"α\.?τ\.?", r"δελτ[ιί]ου? ταυτ[οό]τητας", r"ταυτ[οό]τητας?", r"greek id"), _EL,
        ("ΑΔΤ «ΑΒ 123456»", "δελτίο ταυτότητας: «Χ123456»"), ("πτήση ΑΒ 123456", "ΑΔΤ ΑΒΓ123456"),
        known=0.8,
    ),
    number(
        "mt_id", "NATIONAL_ID", r"\d{4,7}[MGAPLHBZ]", enough_digits(4, 7),
        (r"maltese (?:id|identity)", r"karta tal-identit[àa]", r"id(?:entity)? card"), ("mt", "en"),
        ("identity card «0123457M»", "karta tal-identità «47889G»"), ("lot 0123457M", "identity card 12M"), known=0.75,
    ),
    number(
        "cy_tic", "TAX_ID", r"\d{8}[A-Z]", by_stdnum("cy.vat"), (acronym("TIC"), r"cyprus tax", r"vat", r"φπα", r"φορολογικο[υύ]"), ("el", "en"),
        ("TIC «10259033P»", "Cyprus VAT «00532445O»"), ("TIC 10259033A", "10259033P"),
    ),
    number(
        "tr_tckn", "NATIONAL_ID", r"[1-9]\d{2} ?\d{3} ?\d{3} ?\d{2}", by_stdnum("tr.tckimlik"),
        (r"t\.?c\.?(?: kimlik)?(?: no)?", r"kimlik(?: (?:no|numaras[ıi]))?", r"tckn", r"turkish (?:id|national|identity)"), _TR,
        ("T.C. kimlik no: «17291716060»", "TCKN «172 917 160 60»"), ("TCKN 17291716000", "sipariş 17291716060"), bare=0.4,
    ),
    number(
        "tr_vkn", "TAX_ID", r"\d{3} ?\d{3} ?\d{4}", by_stdnum("tr.vkn"),
        (r"vergi(?: kimlik)?(?: (?:no|numaras[ıi]))?", r"vkn", r"turkish tax"), _TR,
        ("vergi no «4540412107»", "VKN: «454 041 2107»"), ("VKN 4540412100", "4540412107"),
    ),
)  # fmt: skip
