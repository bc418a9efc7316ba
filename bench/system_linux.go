package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// fdatasync makes a file's content durable, and no more of what is about it than
// that takes.
func fdatasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// cpuTime is how long processors have worked for this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tick is the unit of processor time in /proc, the same on all architectures that
// Go runs on.
const tick = 10 * time.Millisecond

// process is what /proc tells of a process.
type process struct {
	name   string
	parent int
	worked time.Duration // by itself
	reaped time.Duration // by children that have ended
}

// processOf reads the line of numbers that proc(5) describes.
func processOf(pid string) (p process, ok bool) {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return process{}, false
	}
	begin, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if begin < 0 || end < begin {
		return process{}, false
	}
	p.name = string(stat[begin+1 : end])
	var state string
	var user, system, childUser, childSystem int64
	var skip int64
	_, err = fmt.Sscan(string(stat[end+1:]), &state, &p.parent, &skip, &skip, &skip, &skip, &skip, &skip, &skip,
		&skip, &skip, &user, &system, &childUser, &childSystem)
	p.worked, p.reaped = time.Duration(user+system)*tick, time.Duration(childUser+childSystem)*tick
	return p, err == nil
}

// parentOf returns the process that started another, if both bear a name, else 0.
func parentOf(pid int, name string) int {
	child, ok := processOf(strconv.Itoa(pid))
	if !ok || child.name != name {
		return 0
	}
	if parent, ok := processOf(strconv.Itoa(child.parent)); !ok || parent.name != name {
		return 0
	}
	return child.parent
}

// familyTime is how long processors have worked for a process and its children.
func familyTime(pid int) time.Duration {
	head, ok := processOf(strconv.Itoa(pid))
	all, err := os.ReadDir("/proc")
	if !ok || err != nil {
		return 0
	}
	sum := head.worked + head.reaped
	for _, entry := range all {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		if p, ok := processOf(entry.Name()); ok && p.parent == pid {
			sum += p.worked
		}
	}
	return sum
}
