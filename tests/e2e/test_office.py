"""test_office.py: zipped documents through huis and huis-reader in its sandbox.

Documents come from Python's zipfile, and from python-docx, python-pptx, openpyxl, odfpy and ebooklib
as independent writers (tools/venv.sh; skipped where they cannot be had).
"""
import os
import subprocess
import sys
import time
import zipfile

import tap
from tap import Skip, expect, expect_equal, expect_error, huis, scratch

WORD = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"


def paragraph(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def write_zip(path, parts, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, text in parts:
            archive.writestr(name, text)


def write_docx(path, body):
    write_zip(path, [("[Content_Types].xml", "<Types/>"),
                     ("word/document.xml", f"<w:document {WORD}><w:body>{body}</w:body></w:document>")])


def source(path, *args):
    run = huis("summarize", "--mode", "extract", "--show-source", *args, path)
    expect_equal(run.returncode, 0, run.stderr)
    return run.stdout


def test_content_wins_over_the_name():
    with scratch() as folder:
        path = os.path.join(folder, "report.txt")
        write_docx(path, paragraph("The lock keepers met in March and chose a new chair."))
        expect("new chair" in source(path), "a DOCX called .txt")
        path = os.path.join(folder, "page.docx")
        with open(path, "w") as f:
            f.write("<!doctype html><p>The lock keepers met in March and chose a new chair.</p>")
        expect("new chair" in source(path), "HTML called .docx")


def test_bad_input():
    with scratch() as folder:
        path = os.path.join(folder, "a.docx")
        write_docx(path, "")
        expect_error(huis("summarize", path), 3, "a.docx", "no text")
        write_docx(path, paragraph("words"))
        whole = open(path, "rb").read()
        with open(path, "wb") as f:
            f.write(whole[:len(whole) // 2])
        expect_error(huis("summarize", path), 3, "is cut off")
        with open(path, "wb") as f:
            f.write(b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"))
        expect_error(huis("summarize", path), 3, "encrypted with a password")
        with open(path, "wb") as f:
            f.write(b"\xd0\xcf\x11\xe0" + bytes(500))
        expect_error(huis("summarize", path), 3, "save it as DOCX")


def test_bomb():
    with scratch() as folder:
        path = os.path.join(folder, "bomb.docx")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("word/document.xml", "w") as part:
                part.write(f"<w:document {WORD}>".encode())
                for _ in range(400):
                    part.write(b" " * 1000000)
        expect(os.path.getsize(path) < 1000000, "a small file")
        start = time.monotonic()
        expect_error(huis("summarize", path), 3, "zip bomb")
        expect(time.monotonic() - start < 20, "within the time limit")


PRODUCERS = {
    "docx": ("docx", """
d = docx.Document()
d.core_properties.title = "Rapport annuel"
d.add_heading("Les écluses", 1)
p = d.add_paragraph("Le comité s’est réuni ")
p.add_run("douze fois").bold = True
p.add_run(" en 2025.")
p.add_run(" Caché.").font.hidden = True
d.add_paragraph("Premier point", style="List Bullet")
d.add_paragraph("Étape une", style="List Number")
d.add_paragraph("Étape deux", style="List Number")
t = d.add_table(rows=2, cols=2)
for i, v in enumerate(["Poste", "Somme", "Loyer", "1 200 €"]):
    t.cell(i // 2, i % 2).text = v
d.sections[0].header.paragraphs[0].text = "EN-TÊTE"
d.save(path)
""", "# Les écluses\n\nLe comité s’est réuni douze fois en 2025.\n\n- Premier point\n1. Étape une\n"
     "2. Étape deux\n\nPoste | Somme\nLoyer | 1 200 €"),
    "pptx": ("pptx", """
p = pptx.Presentation()
s = p.slides.add_slide(p.slide_layouts[1])
s.shapes.title.text = "Décisions"
f = s.placeholders[1].text_frame
f.text = "Ouvrir en avril"
q = f.add_paragraph()
q.text, q.level = "Si le temps le permet", 1
s.notes_slide.notes_text_frame.text = "Insister sur le budget."
s = p.slides.add_slide(p.slide_layouts[5])
s.shapes.title.text = "Cachée"
s._element.set("show", "0")
p.save(path)
""", "# Décisions\n\n- Ouvrir en avril\n  - Si le temps le permet\n\nNotes: Insister sur le budget."),
    "xlsx": ("openpyxl", """
import datetime
w = openpyxl.Workbook()
s = w.active
s.title = "Budget"
s.append(["Poste", "Échéance", None, "Part"])
s.append(["Loyer", datetime.date(2026, 3, 14), None, 0.4567])
s["D2"].number_format = "0.0%"
w.create_sheet("Caché").sheet_state = "hidden"
w.save(path)
""", "# Budget\n\nPoste | Échéance | Part\nLoyer | 2026-03-14 | 45.7%"),
    "odt": ("odf", """
from odf import text, opendocument
o = opendocument.OpenDocumentText()
o.text.addElement(text.H(outlinelevel=2, text="Compte rendu"))
o.text.addElement(text.P(text="La séance est ouverte à neuf heures."))
o.save(path)
""", "## Compte rendu\n\nLa séance est ouverte à neuf heures."),
    "epub": ("ebooklib", """
from ebooklib import epub
b = epub.EpubBook()
b.set_identifier("x")
b.set_title("Les écluses")
pages = []
for i, body in enumerate(["<h1>Le départ</h1><p>Il faisait froid.</p>", "<p>Le bateau partit.</p>"]):
    c = epub.EpubHtml(title="Chapitre %d" % (i + 1), file_name="c%d.xhtml" % i)
    c.content = "<html><body>%s</body></html>" % body
    b.add_item(c)
    pages.append(c)
b.toc = pages
b.add_item(epub.EpubNcx())
b.add_item(epub.EpubNav())
b.spine = ["nav"] + pages
epub.write_epub(path, b)
""", "# Les écluses\n\n# Le départ\n\nIl faisait froid.\n\n# Chapitre 2\n\nLe bateau partit."),
}


def python_with_writers():
    run = subprocess.run([os.path.join(tap.SOURCE, "tools", "venv.sh"),
                          os.path.join(tap.BUILD, "venv")], capture_output=True, timeout=500)
    if run.returncode != 0:
        raise Skip("tools/venv.sh cannot fetch python-docx and its like")
    return run.stdout.decode().strip()


def test_independent_writers():
    python = python_with_writers()
    with scratch() as folder:
        for ending, (module, code, text) in PRODUCERS.items():
            path = os.path.join(folder, "a." + ending)
            run = subprocess.run([python, "-W", "ignore", "-c",
                                  f"import {module}\npath = {path!r}\n{code}"], capture_output=True)
            expect_equal(run.returncode, 0, run.stderr.decode())
            expect_equal(source(path).rstrip("\n"), text, ending)


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
