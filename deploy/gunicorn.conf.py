"""Settings of gunicorn for the portal, in place of `manage.py serve`, with as many processes and threads.

    python manage.py prepare && gunicorn -c deploy/gunicorn.conf.py portal.wsgi:application

nginx stands in front (deploy/nginx/): gunicorn's threads wait for slow clients, nginx does not.
"""

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers, threads = 2, 4
preload_app = True  # the code lies in memory once; nothing in it opens a connection before the workers start
timeout = 90  # seconds without a sign of life, longer than nginx waits for an answer
graceful_timeout = 25  # for requests under way, when told to end
keepalive = 30  # seconds, longer than nginx keeps an idle connection
max_requests = 0  # workers do not grow
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
worker_tmp_dir = "/dev/shm"  # noqa: S108  (heartbeats; on a disk they can stall)
accesslog = None  # nginx's has no personal data
loglevel = "warning"
