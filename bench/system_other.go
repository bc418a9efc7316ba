//go:build !linux

package bench

import (
	"os"
	"time"
)

// fdatasync makes a file durable.
func fdatasync(f *os.File) error { return f.Sync() }

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
