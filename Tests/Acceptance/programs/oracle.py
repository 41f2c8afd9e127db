"""DuckDB over the same contents."""

import collections

import duckdb

from .sqltypes import canonical_theirs


class OracleRefused(Exception):
    """DuckDB cannot run it: nothing to compare with."""


class Oracle:
    def __init__(self):
        self.connection = duckdb.connect(config={"threads": 1})
        self.serial = 0

    def load(self, case):
        self.serial += 1
        schema = f"s{self.serial}"
        self.connection.execute(f"CREATE SCHEMA {schema}; SET schema = '{schema}'")
        if self.serial > 1:
            self.connection.execute(f"DROP SCHEMA s{self.serial - 1} CASCADE")
        # What NOW() is.
        self.connection.execute("CREATE TABLE clock (now TIMESTAMP); INSERT INTO clock VALUES (TIMESTAMP '1970-01-01')")
        self.connection.execute("".join(t.ddl(False) for t in case.tables))
        for view in case.views:
            try:
                self.connection.execute(f"CREATE VIEW {view.name} AS {view.theirs}")
            except duckdb.Error as error:
                raise OracleRefused(f"{view.name}: {error}") from error

    def fill(self, contents, names):
        for name in names:
            insert = contents.insert_sql(name)
            self.connection.execute(f"DELETE FROM {name};" + (insert or ""))

    def tell_time(self, microseconds):
        self.connection.execute(f"UPDATE clock SET now = make_timestamp({microseconds})")

    def rows(self, view, types):
        try:
            answer = self.connection.execute(f"SELECT * FROM {view.name}").fetchall()
        except duckdb.Error as error:
            raise OracleRefused(f"{view.name}: {error}") from error
        return collections.Counter(canonical_theirs(row, types) for row in answer)
