"""Twilio's own synchronous client in threads: arguments as bench.peers.ptb_sends."""

from __future__ import annotations

import itertools
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


def send(client: Client, how_many: int, threads: ThreadPoolExecutor) -> None:
    numbers = itertools.count(1)

    def one(_: int) -> None:
        client.messages.create(
            to=f"+5049{next(numbers):07}",
            from_="+15005550006",
            body="How many people work there, with you?",
        )

    list(threads.map(one, range(how_many)))


def main(address: str, at_once: int) -> None:
    client = Client("AC" + "0" * 32, "bench", http_client=TwilioHttpClient(pool_connections=True))
    client.api.base_url = address
    with ThreadPoolExecutor(at_once) as threads:
        for line in sys.stdin:
            began, used = time.perf_counter(), time.process_time()
            send(client, int(line), threads)
            print(time.perf_counter() - began, time.process_time() - used, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
