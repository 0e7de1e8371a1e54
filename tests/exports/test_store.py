"""Large exports: written in parts, linked, and forgotten (spec 50, section 2)."""

import itertools
import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.exports.store import KEPT, LINK_SECONDS, NOTE, PART_BYTES, ExportStore, key_of
from chalicelib.images.errors import PicturesUnavailableError
from tests.support.calls import unreachable
from tests.support.dying import killed_at

ADA, BOB = "a" * 32, "b" * 32
STEPS = ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
MIB = 1024 * 1024


def fresh():
    """The id of a new export."""
    return secrets.token_hex(16)


def notes(stage, account):
    """The notes that there are of an account's exports."""
    items = stage.wiring.tables.short_lived
    return [item.sk.removeprefix(NOTE) for item in items.query(f"O#{account}", items.sk.startswith(NOTE))]


def written(exports, account=ADA, content=(b"{}",)):
    """Write an export; its id."""
    export = fresh()
    exports.write(account, export, content)
    return export


class TestWriting:
    """An export is written part by part under a random key."""

    def test_small(self, stage, exports, bucket):
        """One part is enough."""
        export = written(exports, content=[b'{"a":', b"1}"])
        assert [key_of(export)] == bucket.versions()
        assert b'{"a":1}' == bucket.content(key_of(export))
        assert [] == bucket.unfinished()
        assert export in notes(stage, ADA)

    def test_many_parts(self, exports, bucket):
        """A large one comes back to the byte, whatever the sizes of its pieces."""
        pieces = [bytes([n % 256]) * size for n, size in enumerate([1, MIB, 3 * MIB, 9 * MIB, 7, 5 * MIB, 2])]
        export = written(exports, content=pieces)
        assert b"".join(pieces) == bucket.content(key_of(export))

    @pytest.mark.parametrize("size", [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES])
    def test_at_the_edge_of_a_part(self, exports, bucket, size):
        """Sizes around a part's."""
        export = written(exports, content=[b"x" * (size // 2), b"y" * (size - size // 2)])
        assert size == len(bucket.content(key_of(export)))

    def test_in_memory_one_part(self, stage, bucket):
        """Parts are sent while pieces come: never is more than a part and a piece waiting."""
        asked = itertools.count()
        sent = []

        class Client:
            """S3, which notes after how many pieces a part comes."""

            def create_multipart_upload(self, **_):
                return {"UploadId": "u"}

            def upload_part(self, Body, **_):  # noqa: N803 - botocore's name
                sent.append((next(asked), len(Body)))
                return {"ETag": "e"}

            def complete_multipart_upload(self, **_):
                return {}

        wiring = stage.wiring
        store = ExportStore(Client, Client, wiring.pictures, wiring.tables.short_lived, stage.clock)
        store.write(ADA, fresh(), (bytes(MIB) for _ in range(100) if next(asked) >= 0))
        assert 100 * MIB == sum(size for _, size in sent)
        assert max(size for _, size in sent) <= PART_BYTES + MIB
        assert len(sent) >= 12
        assert sent[0][0] <= PART_BYTES // MIB + 1

    def test_nobody_finds_an_account_in_the_key(self, exports, bucket):
        """A key says nothing of whose export it is."""
        written(exports)
        assert ADA not in bucket.versions()[0]


class TestFailing:
    """Nothing is left of an export that fails."""

    @pytest.mark.parametrize("operation", STEPS)
    def test_s3_is_down(self, stage, exports, bucket, operation):
        """Whichever call fails: it is told, and neither object nor parts are left."""
        with unreachable(stage.wiring._s3, operation), pytest.raises(PicturesUnavailableError):
            written(exports)
        assert ([], []) == (bucket.versions(), bucket.unfinished())

    def test_the_table_is_down(self, stage, exports, bucket):
        """Without its note an export is not begun."""
        connection = stage.wiring.tables.short_lived._get_connection().connection.client
        with unreachable(connection), pytest.raises(StoreUnavailableError):
            written(exports)
        assert ([], []) == (bucket.versions(), bucket.unfinished())

    @pytest.mark.parametrize("pieces_before", [0, 1, 20])
    def test_the_pieces_fail(self, exports, bucket, pieces_before):
        """The events cannot be read any further: the parts that were sent go, too."""

        def pieces():
            for _ in range(pieces_before):
                yield bytes(MIB)
            raise StoreUnavailableError("ledger")

        with pytest.raises(StoreUnavailableError):
            exports.write(ADA, fresh(), pieces())
        assert ([], []) == (bucket.versions(), bucket.unfinished())


class TestForgetting:
    """Everything that there is of an account goes, and nobody else's."""

    def test_all_of_an_account(self, stage, exports, bucket):
        """All its exports and their notes."""
        for _ in range(3):
            written(exports)
        other = written(exports, BOB)
        exports.forget(ADA)
        assert ([key_of(other)], [], True) == (bucket.versions(), notes(stage, ADA), other in notes(stage, BOB))
        exports.forget(BOB)

    def test_every_version(self, exports, bucket):
        """All versions and delete markers."""
        export = written(exports)
        bucket.client.put_object(Bucket=bucket.name, Key=key_of(export), Body=b"again")
        bucket.client.delete_object(Bucket=bucket.name, Key=key_of(export))
        assert len(bucket.versions()) > 1
        exports.forget(ADA)
        assert [] == bucket.versions()

    def test_again(self, exports, bucket):
        """Nothing there, or again: nothing happens."""
        exports.forget("c" * 32)
        written(exports)
        exports.forget(ADA)
        exports.forget(ADA)
        assert [] == bucket.versions()

    def test_s3_is_down(self, stage, exports, bucket):
        """What could not be deleted is told, and is found again."""
        export = written(exports)
        with unreachable(stage.wiring._s3), pytest.raises(PicturesUnavailableError):
            exports.forget(ADA)
        assert [key_of(export)] == bucket.versions()
        exports.forget(ADA)
        assert [] == bucket.versions()

    @pytest.mark.parametrize("landed", [False, True])
    def test_killed_anywhere_while_writing(self, exports, bucket, landed):
        """Wherever a writer was killed, forgetting leaves neither object nor parts."""
        for nth in range(1, 6):
            with killed_at(nth, landed=landed) as calls:
                exports.write(ADA, fresh(), [bytes(MIB)] * 9)
            exports.forget(ADA)
            assert ([], []) == (bucket.versions(), bucket.unfinished()), nth
            assert calls.made >= min(nth, 4)

    @pytest.mark.parametrize("landed", [False, True])
    def test_killed_anywhere_while_forgetting(self, stage, exports, bucket, landed):
        """Wherever it was killed, forgetting again finishes it: no object without its note."""
        nth, done = 0, False
        while not done:
            nth += 1
            for _ in range(2):
                written(exports)
            with killed_at(nth, landed=landed) as calls:
                exports.forget(ADA)
            done = calls.made < nth
            left = {key.removeprefix("exports/").removesuffix(".json") for key in bucket.versions()}
            assert left <= set(notes(stage, ADA))
            exports.forget(ADA)
            assert ([], []) == (bucket.versions(), notes(stage, ADA))
        assert nth > 4

    def test_one_alone(self, stage, exports, bucket):
        """One export goes, the account's others stay."""
        gone, stays = written(exports), written(exports)
        exports.delete(ADA, gone)
        assert [key_of(stays)] == bucket.versions()
        assert [stays] == notes(stage, ADA)
        exports.forget(ADA)


class TestSweeping:
    """Old exports go by themselves."""

    def test_by_age(self, stage, exports, bucket):
        """Those that are an hour old go, younger ones stay."""
        written(exports)
        assert 0 == exports.sweep(lambda _: stage.clock() - KEPT)
        assert 1 == len(bucket.versions())
        assert 1 == exports.sweep(lambda _: stage.clock() - KEPT - timedelta(seconds=1))
        assert [] == bucket.versions()

    def test_within_a_day(self):
        """Long before the day is over that an export may lie there, and not before its link has run out."""
        assert LINK_SECONDS == 600
        assert timedelta(seconds=LINK_SECONDS) < KEPT < timedelta(hours=20)

    def test_nothing_else(self, stage, exports, bucket):
        """Pictures and uploads are none of its business."""
        for key in ("profile-images/x_30.jpg", "incoming/x"):
            bucket.client.put_object(Bucket=bucket.name, Key=key, Body=b"x")
        assert 0 == exports.sweep(lambda _: stage.clock() - timedelta(days=9))
        for key in ("profile-images/x_30.jpg", "incoming/x"):
            assert b"x" == bucket.content(key)

    def test_without_a_note(self, stage, exports, bucket):
        """An object goes even if nothing knows whose it was."""
        export = written(exports)
        stage.wiring.tables.short_lived(f"O#{ADA}", NOTE + export).delete()
        assert 1 == exports.sweep(lambda _: stage.clock() - timedelta(days=1))
        assert [] == bucket.versions()

    def test_forgetting_what_was_swept(self, stage, exports, bucket):
        """A note that leads nowhere any more does no harm."""
        written(exports)
        exports.sweep(lambda _: stage.clock() - timedelta(days=1))
        exports.forget(ADA)
        assert ([], []) == (bucket.versions(), notes(stage, ADA))


def test_a_link(exports):
    """Ten minutes, as an attachment of this name, kept by no cache, under the random key."""
    export = fresh()
    link = urlsplit(exports.link(export, "ada-account.json"))
    query = {name.lower(): values[0] for name, values in parse_qs(link.query).items()}
    assert link.path.endswith(key_of(export))
    assert str(LINK_SECONDS) == query["x-amz-expires"]
    assert 'attachment; filename="ada-account.json"' == query["response-content-disposition"]
    assert "no-store" == query["response-cache-control"]
