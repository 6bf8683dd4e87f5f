"""The theory as executable claims: one test a claim, judged by the rules of `ibspec.claims`."""
