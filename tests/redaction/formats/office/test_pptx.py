"""Presentations: what is left of a slide whose sounds go."""

from tests.redaction.formats.office.build import P, R, check, rels, types, unzipped, zipped
from tests.redaction.helpers import redacted_file

MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"


def test_sounds_go_with_all_that_has_no_sense_without_them():
    step = (
        '<p:transition><p:sndAc><p:stSnd><p:snd r:embed="rId1" name="x"/></p:stSnd></p:sndAc></p:transition><p:timing>'
        "<p:cTn><p:childTnLst>{}</p:childTnLst></p:cTn><p:cTn><p:childTnLst>{}<p:anim/></p:childTnLst></p:cTn></p:timing>"
    )
    audio = '<p:audio><p:cMediaNode><p:tgtEl><p:sndTgt r:embed="rId1" name="x"/></p:tgtEl></p:cMediaNode></p:audio>'
    source = zipped(
        {
            "[Content_Types].xml": types({"ppt/presentation.xml": MAIN}, wav="audio/wav"),
            "_rels/.rels": rels(("rId1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'<p:presentation {P} {R}><p:sldId r:id="rId1"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": rels(("rId1", "slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": f"<p:sld {P} {R}>{step.format(audio, audio)}</p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": rels(("rId1", "audio", "../media/a.wav")),
            "ppt/media/a.wav": b"RIFF",
        }
    )

    output, _, _ = redacted_file(source, "a.pptx", entity_types=frozenset({"EMAIL_ADDRESS"}))
    check(output)
    assert unzipped(output)["ppt/slides/slide1.xml"].decode().partition(">")[2].partition(">")[2] == (
        "<p:transition/><p:timing><p:cTn/><p:cTn><p:childTnLst><p:anim/></p:childTnLst></p:cTn></p:timing></p:sld>"
    )
