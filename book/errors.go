package book

import "errors"

// What a store may answer to a commit besides ErrUnavailable.
var (
	// ErrOutcomeUnknown means that nobody knows, and within the store's patience
	// nobody could find out, whether the commit was done. It may also still be.
	ErrOutcomeUnknown = errors.New("outcome is unknown")
	// ErrUnfit means that the store can't keep what was decided, however often it
	// is tried. Nothing was done.
	ErrUnfit = errors.New("not fit to be kept")
)
