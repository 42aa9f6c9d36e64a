"""The one way in which a measurement ends early."""


class Failure(Exception):
    """Said to the person; `status` is the exit code: 1 what was measured is wrong, 3 it could not be measured."""

    def __init__(self, sentence, status=1):
        super().__init__(sentence)
        self.status = status
