"""One contract for a local folder and for S3."""

import threading

import pytest

from goodsmith.errors import StoreError, UsageError
from goodsmith.store.files import LocalFiles, S3Files, open_files


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.servers)])
def files(request, tmp_path):
    if request.param == "local":
        return open_files(tmp_path / "files")
    return open_files(f"s3://goods/{tmp_path.name}", **request.getfixturevalue("s3_options"))


def test_a_blob_is_read_as_it_was_put(files):
    for data in (b"", b"\0\xff" * 1_000, "商品".encode()):
        files.put("parts/商品 1.parquet", data)
        assert files.get("parts/商品 1.parquet") == data
    assert files.exists("parts/商品 1.parquet")
    assert not files.exists("parts/2.parquet")


def test_a_name_is_taken_once_where_that_is_asked(files):
    files.put("a/b", b"first", create_only=True)
    with pytest.raises(StoreError, match="already"):
        files.put("a/b", b"second", create_only=True)
    assert files.get("a/b") == b"first"
    files.put("a/b", b"third")
    assert files.get("a/b") == b"third"


def test_of_many_who_create_one_name_one_wins(files):
    wins = []

    def create(number):
        try:
            files.put("prize", str(number).encode(), create_only=True)
            wins.append(number)
        except StoreError:
            pass

    threads = [threading.Thread(target=create, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) == 1
    assert files.get("prize") == str(wins[0]).encode()


def test_a_blob_that_is_not_there_is_an_error_to_read_and_none_to_delete(files):
    files.delete("nothing")
    with pytest.raises(StoreError, match="is not there"):
        files.get("nothing")
    files.put("something", b"x")
    files.delete("something")
    assert not files.exists("something")


def test_a_file_of_any_size_goes_up_and_comes_back(files, tmp_path):
    (tmp_path / "large").write_bytes(b"0123456789" * 1_200_000)
    files.upload("final/large", tmp_path / "large")
    files.download("final/large", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == (tmp_path / "large").read_bytes()
    with pytest.raises(StoreError, match="is not there") as caught:
        files.download("final/none", tmp_path / "none")
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_the_names_below_a_folder_are_listed(files):
    for name in ("a/parts/2", "a/parts/1", "a/partsx/3", "b/parts/4"):
        files.put(name, b"x")
    assert files.names("a/parts") == ["a/parts/1", "a/parts/2"]
    assert files.names("nowhere") == []


def test_a_place_for_files_is_a_folder_or_a_bucket(tmp_path):
    open_files(f"file://{tmp_path}/shared").put("a", b"x")
    assert (tmp_path / "shared" / "a").read_bytes() == b"x"
    with pytest.raises(UsageError, match="s3://bucket/prefix"):
        open_files("ftp://host/folder")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a\\b", "a/", "./a", "a\0b"])
def test_a_name_cannot_leave_its_store(files, name):
    with pytest.raises(UsageError, match="is not a name for a file"):
        files.put(name, b"x")


def test_a_local_file_is_never_seen_half_written(small_disk):
    files = LocalFiles(small_disk)
    files.put("a", b"old")
    with pytest.raises(StoreError, match="no room"):
        files.put("a", b"x" * 2_000_000)
    assert files.get("a") == b"old"
    assert [path.name for path in small_disk.iterdir()] == ["a"]


@pytest.mark.servers
def test_a_bucket_that_cannot_be_reached_is_one_clear_sentence(s3_options):
    files = S3Files("s3://no-such-bucket/x", **s3_options)
    with pytest.raises(StoreError, match=r"cannot use s3://no-such-bucket/x/a|is not there"):
        files.put("a", b"x")
