"""What tests of transactions, frame by frame, have in common."""

import raw_peer as raw
from story import Story


class CoordinatorStory(Story):
    """With a coordinator at handle 0."""

    def setUp(self):
        super().setUp()
        self.peer = raw.RawPeer(self.broker).open_session()
        self.addCleanup(self.peer.close)
        self.peer.attach_sender(0, raw.composite(raw.COORDINATOR))
        self.next = 0

    def ask(self, request, handle=0, **more):
        """The state of the answer."""
        self.peer.transfer(handle, self.next, raw.value_message(request), **more)
        self.next += 1
        return self.peer.expect(raw.DISPOSITION)[4]

    def declare(self):
        declared = self.ask(raw.composite(raw.DECLARE))
        self.assertEqual(int(declared.descriptor), raw.DECLARED)
        return declared.value[0]

    def discharge(self, name, fail=False):
        return self.ask(raw.composite(raw.DISCHARGE, name, fail))

    def within(self, name, body, queue_handle):
        state = self.ask(body, queue_handle, state=raw.composite(raw.TRANSACTIONAL, name))
        self.assertEqual(int(state.descriptor), raw.TRANSACTIONAL)
        self.assertEqual(int(state.value[1].descriptor), raw.ACCEPTED)
