"""The descriptions of AWS services, read once a process."""

from botocore.session import Session

from local import descriptions


def test_sessions_share_what_was_read():
    """A second session parses nothing: it gets the very same description."""
    descriptions.share()
    descriptions.share()
    one, other = Session().get_component("data_loader"), Session().get_component("data_loader")
    assert one is other
    assert one.load_service_model("sqs", "service-2") is other.load_service_model("sqs", "service-2")


def test_another_search_path_is_another_loader(tmp_path, monkeypatch):
    """Who has descriptions of one's own (AWS_DATA_PATH) is not given other ones."""
    descriptions.share()
    usual = Session().get_component("data_loader")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    own = Session().get_component("data_loader")
    assert own is not usual
    assert str(tmp_path) in own.search_paths
