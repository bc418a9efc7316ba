package bench

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Machine is what the figures were measured on.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"` // that the process may use
	System string `json:"system"`
	Go     string `json:"go"`
	// Fdatasync is the median time that it takes to make 200 appended bytes
	// durable.
	Fdatasync time.Duration `json:"fdatasyncNanoseconds"`
	Load      string        `json:"load"` // of the last 1, 5 and 15 minutes, at the start
	// Database is what of the database's server bears on figures, if there is one.
	Database string `json:"database,omitempty"`
}

func describeMachine(dir string) (Machine, error) {
	m := Machine{
		CPU: runtime.GOARCH, Cores: runtime.GOMAXPROCS(0), System: runtime.GOOS, Go: runtime.Version(), Load: "unknown",
	}
	if name := cpuModel(); name != "" {
		m.CPU = name
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System = "Linux " + strings.TrimSpace(string(release))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		if fields := strings.Fields(string(load)); len(fields) >= 3 {
			m.Load = strings.Join(fields[:3], " ")
		}
	}
	var err error
	m.Fdatasync, err = syncTime(filepath.Join(dir, "sync"))
	return m, err
}

func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	_, rest, _ := bytes.Cut(info, []byte("model name"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	_, name, _ := bytes.Cut(line, []byte(":"))
	return string(bytes.TrimSpace(name))
}

// syncs is how often the time of fdatasync is taken.
const syncs = 200

func syncTime(path string) (time.Duration, error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	var took []time.Duration
	for range syncs {
		if _, err = file.Write(make([]byte, recordSize)); err != nil {
			break
		}
		begin := time.Now()
		if err = fdatasync(file); err != nil {
			break
		}
		took = append(took, time.Since(begin))
	}
	if err = errors.Join(err, file.Close(), os.Remove(path)); err != nil {
		return 0, err
	}
	return median(took), nil
}
