"""The addresses of the site. A published path never breaks: redirect it."""

from django.contrib import admin
from django.urls import include, path

from articles import feeds
from newsletter import preferences_views
from portal import contact, cookie_views, dev_mail, events, health, pages, sitemaps, views, wellknown
from portal.views import PAGES

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    *(path(f"{slug}/", views.page, {"slug": slug}, name=slug) for slug in PAGES),
    path("steering-committee/", pages.steering_committee, name="steering-committee"),
    path("contact/", contact.contact, name="contact"),
    path("contact/sent/", contact.sent, name="contact-sent"),
    path("cookies/", cookie_views.cookie_policy, name="cookies"),
    path("theme/", cookie_views.theme, name="theme"),
    path("events/<slug:slug>/", events.event, name="event"),
    path("events/<slug:slug>.ics", events.calendar, name="event-calendar"),
    path("events/<slug:slug>/dismiss/", events.dismiss, name="event-dismiss"),
    path("feeds/articles.atom", feeds.atom, name="feed"),
    path("feeds/articles.rss", feeds.rss, name="feed-rss"),
    path("sitemap.xml", sitemaps.sitemap_xml, name="sitemap"),
    path("robots.txt", wellknown.robots, name="robots"),
    path(".well-known/security.txt", wellknown.security, name="security"),
    path(".well-known/gpc.json", wellknown.gpc, name="gpc"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("accounts.urls")),
    path("", include("articles.urls")),
    path("trials/", include("trials.urls")),
    path("newsletter/", include("newsletter.urls")),
    path("account/newsletter/", preferences_views.account, name="account-newsletter"),
    path("account/newsletter/data/", preferences_views.account_data, name="account-newsletter-data"),
    *dev_mail.routes(),
    path("admin/", admin.site.urls),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler429 = "portal.errors.too_many_requests"
handler500 = "portal.errors.server_error"
