"""With this folder and the one above in PYTHONPATH, a process and all that it starts are imitated Windows."""

import sys

import imitated

imitated.install(setattr, delattr, lambda name: sys.modules.__setitem__(name, None))
