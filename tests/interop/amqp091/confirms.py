"""What publisher confirms say."""

from pika.exceptions import NackError


def accepted(channel, queue, count):
    """How many of so many messages a queue takes, the rest refused; the channel has confirms."""
    taken = 0
    for _ in range(count):
        try:
            channel.basic_publish("", queue, b"x")
            taken += 1
        except NackError:
            pass
    return taken
