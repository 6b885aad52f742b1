import sys; sys.path.insert(0,'/work/wt/facts/bench/facts')
