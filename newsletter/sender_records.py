"""What the name server says about the sender: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .findings import Finding, error, ok, warning

TIME_LIMIT = 5.0  # seconds for one name
Lookup = Callable[[str], list[str]]


class Unreachable(Exception):
    """The name server cannot be asked; says why."""


def resolver(server: str = "", port: int = 53) -> Lookup:
    """A function that returns the texts (TXT) at a name, none if there are none, or raises Unreachable.

    server  address of a name server; empty: those of this machine
    raises  Unreachable: dnspython is not installed (requirements-optional.txt), or this machine has no name server
    """
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        raise Unreachable("dnspython is not installed (requirements-optional.txt)") from None
    try:
        asked = dns.resolver.Resolver(configure=not server)
    except dns.resolver.NoResolverConfiguration as failure:
        raise Unreachable(str(failure)) from None
    if server:
        asked.nameservers, asked.port = [server], port

    def lookup(name: str) -> list[str]:
        try:
            answer = asked.resolve(name, "TXT", lifetime=TIME_LIMIT, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as failure:
            raise Unreachable(f"{name}: {type(failure).__name__}") from None
        return [b"".join(record.strings).decode(errors="replace") for record in answer]

    return lookup


def records(lookup: Lookup, *, sender: str, return_path: str, selector: str) -> Iterator[Finding]:
    """What is said about the domains of the sender and of the return path."""
    try:
        yield spf(lookup(return_path), return_path)
        yield dkim(lookup(f"{selector}._domainkey.{sender}") if selector else [], sender, selector)
        yield dmarc(lookup, sender)
    except Unreachable as failure:
        yield unknown(failure)


def unknown(failure: Unreachable) -> Finding:
    return warning(
        f"SPF, DKIM and DMARC could not be looked up ({failure}).",
        "Run this where name servers can be reached, or with --resolver.",
    )


def spf(texts: list[str], domain: str) -> Finding:
    found = [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        remedy = f"Publish at {domain} the TXT record that your mail provider names: v=spf1 include:… -all."
        return error(f"{domain} has no SPF record.", remedy)
    if len(found) > 1:
        return error(f"{domain} has {len(found)} SPF records, so none counts.", "Make them one record.")
    terms = found[0].lower().split()
    if "+all" in terms or "all" in terms:
        return error(f"The SPF record of {domain} lets everybody send.", "End it with -all or ~all.")
    if not any(term.endswith("all") or term.startswith("redirect=") for term in terms):
        return warning(
            f"The SPF record of {domain} does not say what others may do.", "End it with -all or ~all."
        )
    return ok(f"{domain} has an SPF record: {found[0][:200]}")


def dkim(texts: list[str], domain: str, selector: str) -> Finding:
    if not selector:
        remedy = (
            "Set NEWSLETTER_DKIM_SELECTOR to the name that your provider signs with (s= in DKIM-Signature)."
        )
        return warning("DKIM was not looked up: its selector is not set.", remedy)
    name = f"{selector}._domainkey.{domain}"
    keys = [
        tags.get("p", "")
        for text in texts
        if (tags := _tags(text)).get("v", "DKIM1") == "DKIM1" and "p" in tags
    ]
    if not keys:
        return error(
            f"There is no DKIM key at {name}.", "Publish there the record that your mail provider names."
        )
    if not any(keys):  # RFC 6376 3.6.1: an empty key is a revoked one
        return error(f"The DKIM key at {name} is revoked.", "Publish the current one, or set its selector.")
    return ok(f"There is a DKIM key at {name}.")


def dmarc(lookup: Lookup, domain: str) -> Finding:
    """The policy of the domain, else of the nearest domain above it that has one."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        name = "_dmarc." + ".".join(labels[start:])
        found = [text for text in lookup(name) if text.replace(" ", "").lower().startswith("v=dmarc1;")]
        if found and _tags(found[0]).get("p", "").lower() in ("none", "quarantine", "reject"):
            return ok(f"{name} has a policy: {found[0][:200]}")
        if found:
            return error(
                f"The record at {name} has no policy.", "Add p=none; p=quarantine or p=reject is better."
            )
    remedy = f"Publish at _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:… (large mailbox providers refuse mail without)."
    return error(f"{domain} has no DMARC record.", remedy)


def _tags(text: str) -> dict[str, str]:
    """{tag: value} of `v=DKIM1; p=…` (RFC 6376 3.2)."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs if name.strip()}
