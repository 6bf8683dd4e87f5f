"""Write docs/estimators again from its own table, after a docstring has changed: nothing is measured anew."""

from ibspec.report import write_estimator_pages
from ibspec.report.estimator_pages import read_table
from tests.report.test_estimator_pages import DOCS

if __name__ == "__main__":
    for path in write_estimator_pages(read_table(DOCS), DOCS):
        print(path)
