package wire

import "runtime/debug"

// stack returns the stack of a panic, cut to what a log line should hold.
func stack() string {
	s := debug.Stack()
	return string(s[:min(len(s), 8<<10)])
}
