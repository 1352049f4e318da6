"""The types of tables that have a map, each a test of its own."""

INDEXED = ("hash", "btree", "lmdb", "cdb")


class EveryMap:
    """walk(map_type) for each of them."""

    def test_hash(self):
        self.walk("hash")

    def test_btree(self):
        self.walk("btree")

    def test_lmdb(self):
        self.walk("lmdb")

    def test_cdb(self):
        self.walk("cdb")
