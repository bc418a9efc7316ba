//go:build !linux

package bench

import (
	"os"
	"time"
)

// fdatasync makes a file durable.
func fdatasync(f *os.File) error { return f.Sync() }

// What processes do is not known here.

func cpuTime() time.Duration       { return 0 }
func parentOf(int, string) int     { return 0 }
func familyTime(int) time.Duration { return 0 }
