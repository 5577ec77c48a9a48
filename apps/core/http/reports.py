"""What a report of an error may show, on the page of DEBUG or in a mail to the site's administrators."""

import re

from django.views.debug import SafeExceptionReporterFilter


class ReportFilter(SafeExceptionReporterFilter):
    """Django's, which knows no passwords inside addresses: it hides every address, those of servers among them."""

    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|LOCATION", re.IGNORECASE
    )
