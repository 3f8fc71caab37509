"""Files made here and sent: made whole first, so that no partial file is ever offered; memory does not grow."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence

from fastapi.responses import StreamingResponse

from puma.exports import Export
from puma.exports.format import Rows


def sent(
    form: Export, name: str, columns: Sequence[str], rows: Rows, about: str, headers: Mapping[str, str] | None = None
) -> StreamingResponse:
    """The rows as a file to keep, with their number in a header. about: what the file says of itself."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
    count = form.write(columns, rows, file, about)
    file.seek(0)

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(1 << 16):
                yield piece

    told = {
        "Content-Disposition": f'attachment; filename="{name}{form.suffix}"',
        "X-Total-Count": str(count),
        **(headers or {}),
    }
    return StreamingResponse(pieces(), media_type=form.media_type, headers=told)
