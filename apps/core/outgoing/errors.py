"""Why a call got no answer."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, Unavailable


class OutgoingFailed(Unavailable):
    """A call to another server got no usable answer.

    :param reason: what happened, in English, for the log and for those who run the other server
    """

    code = "outgoing_failed"

    def __init__(self, reason: str = "") -> None:
        self.reason = reason or self.__class__.__name__
        super().__init__()


class Unreachable(OutgoingFailed):
    """Nobody answers there: no such host, no connection, or it broke off."""

    code = "outgoing_unreachable"
    message = _("The other server can't be reached.")


class TimedOut(OutgoingFailed):
    """The answer was not complete within the time."""

    code = "outgoing_timed_out"
    message = _("The other server took too long to answer.")


class AnswerTooLarge(OutgoingFailed):
    """The answer is longer than the caller reads."""

    code = "outgoing_answer_too_large"
    message = _("The other server's answer is too large.")


class CircuitOpen(OutgoingFailed):
    """The destination failed too often just now, so it was not called.

    :param retry_after: seconds until it is tried again
    """

    code = "outgoing_circuit_open"
    message = _("The other server fails just now. We try it again in a moment.")

    def __init__(self, reason: str = "", *, retry_after: float = 0.0) -> None:
        self.retry_after = retry_after
        super().__init__(reason)


class Saturated(OutgoingFailed):
    """As many calls as one destination may have are under way in this process, so it was not called."""

    code = "outgoing_saturated"
    message = _("Too many calls to the other server are under way.")


class AddressRefused(Invalid):
    """We don't call this address. The message says what to enter instead."""

    code = "address_refused"
    message = _("We can't call this address.")
