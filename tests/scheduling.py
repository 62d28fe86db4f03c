"""Which of several test processes runs which test. (xdist's own groups are not understood by pytest 9.2.)"""

from xdist.scheduler import LoadScopeScheduling

# What takes long to begin, and is begun once for all tests of the file or folder: one process runs them.
# Other tests are dealt out one by one in their order, which puts those that commit after those that roll back.
TOGETHER = (
    "tests/articles/test_proofreading.py",  # loads the demonstration's trials, as do the next two
    "tests/articles/test_proofreading_demo.py",
    "tests/trials/test_exchange_published.py",
    "tests/deploy/",  # starts the portal behind nginx
)


class Scheduling(LoadScopeScheduling):
    def _split_scope(self, nodeid):
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)

    def mark_test_complete(self, node, item_index, duration=0):
        """Forgets what is done: xdist counts all that a process was ever given after each test."""
        super().mark_test_complete(node, item_index, duration)
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][scope].values()):
            del self.assigned_work[node][scope]
