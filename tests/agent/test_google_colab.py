"""`google.colab`: harmless to call, and not there for a notebook that asks."""

from pathlib import Path

from tests.agent.processes import Run

COLAB = """
    from google.colab import drive, files, output, userdata, auth, data_table
    from google.colab.patches import cv2_imshow
    from google.colab import drive as d
    import google.colab
    import google.colab.files as f
    drive.mount('/content/drive', force_remount=True)
    auth.authenticate_user()
    output.enable_custom_widget_manager()
    data_table.DataTable([1], num_rows_per_page=3)
    with output.use_tags('some'):
        pass
    cv2_imshow([[0]])
    google.colab.files.download('a')
    print(len(files.upload()), len(f.upload()))
    print(files.download('a'), repr(userdata.get('KEY')), d.mount('/'))
"""


def test_colab_is_harmless(run: Run) -> None:
    """What a notebook calls of google.colab does nothing, costs nothing and is noted once."""
    found = run(COLAB, "from google import colab\nprint(colab.drive.mount('/'))", COLAB)
    assert found.errors == [None] * 3
    assert found.printed == ["1 1\nNone '' None\n", "None\n", "1 1\nNone '' None\n"]
    assert found.noted("google.colab") == [0]
    assert found.missing == []


def test_a_notebook_that_asks_is_not_in_colab(run: Run) -> None:
    """Every usual way to find out whether this is Colab says no, after an import too."""
    guarded = """
        try:
            import google.colab
            print('colab')
        except ImportError:
            print('no')
    """
    asked = "import sys; print('google.colab' in sys.modules, 'google' in sys.modules)"
    found = run(guarded, "from google.colab import drive", guarded, asked)
    assert found.printed == ["no\n", "", "no\n", "False False\n"]


def test_other_google_packages_keep_working(run: Run, tmp_path: Path) -> None:
    """A namespace package `google` is found as ever, beside the stand-in for google.colab."""
    (tmp_path / "google" / "protobuf").mkdir(parents=True)
    (tmp_path / "google" / "protobuf" / "__init__.py").write_text("x = 1")
    found = run(
        "import google.protobuf\nfrom google import protobuf\nprint(google.protobuf.x)",
        "from google.colab import drive\nimport google.colab\nfrom google import colab",
        "google.colab.drive.mount('/')\nprint(google.protobuf.x, len(colab.files.upload()))",
        "from google.cloud import storage",
        "if storage.Client(): pass",
    )
    assert found.errors == [None] * 5
    assert found.printed[0] == "1\n"
    assert found.printed[2] == "1 1\n"
    assert [(cell, module) for cell, module, _names in found.left_out] == [(4, "google.cloud")]
    assert found.missing == ["google.cloud"]


def test_an_upload_costs_no_other_line(run: Run) -> None:
    """One file seems to be uploaded, of which nothing is known; what reads it is left out."""
    found = run(
        """
        import io
        from google.colab import files
        uploaded = files.upload()
        name = list(uploaded.keys())[0]
        for each in uploaded.keys():
            print(f'{each} has {len(uploaded[each])} bytes')
        data = io.BytesIO(uploaded['train.csv'])
        with open(name) as file:
            text = file.read()
        for each in files.upload().values():
            each.decode()
        files.download('result.csv')
        print('after')
        """,
        "print(data, text)",
    )
    assert found.errors == [None, None]
    assert found.printed[0] == "after\n"
    assert found.printed[1].count("google.colab") == 0
    assert found.printed[1].count("not installed") == 2
    assert {(cell, module) for cell, module, _names in found.left_out} == {(0, "google.colab")}
    assert len(found.left_out) == 3
