"""Connections to a server that a study can close: a socket that forwards everything to the server's socket."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = ".s.PGSQL.5432"
"""The file of PostgreSQL's socket in its folder."""


class Connections:
    """All connections that go through the socket in `folder`."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder, self._server = folder, server
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> int:
        """Close every connection without notice, as a failing network does; return their number."""
        return asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result()

    def run(self, ready: threading.Event) -> None:
        """Forward data until `stop`."""
        asyncio.run(self._serve(ready))

    def stop(self) -> None:
        """Close all connections and accept no more."""
        self._loop.call_soon_threadsafe(self._ended.set)

    async def _cut(self) -> int:
        cut = len(self._open) // 2
        for writer in tuple(self._open):
            writer.transport.abort()
        return cut

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_unix_server(self._pass_on, self.folder / NAME):
            ready.set()
            await self._ended.wait()
            await self._cut()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_unix_connection(self._server / NAME)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._copy(reader, to_server), self._copy(from_server, writer))

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._open.add(sink)
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        self._open.discard(sink)
        sink.close()


@contextmanager
def connections(folder: Path, server: Path) -> Iterator[Connections]:
    """Yield connections through a socket in `folder` to the server whose socket is in the folder `server`."""
    made, ready = Connections(folder, server), threading.Event()
    thread = threading.Thread(target=made.run, args=(ready,), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield made
    finally:
        made.stop()
        thread.join()
        (folder / NAME).unlink(missing_ok=True)
