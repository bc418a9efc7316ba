package pgtest

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// endWithUs asks for an immediate shutdown of PostgreSQL when we die.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }

// childrenOf lists the processes that a process has started.
func childrenOf(parent int) []int {
	entries, _ := os.ReadDir("/proc")
	var children []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if _, ppid := status(pid); ppid == parent {
			children = append(children, pid)
		}
	}
	return children
}

// gone says whether all processes have ended, even those not reaped yet.
func gone(pids []int) error {
	for _, pid := range pids {
		if state, _ := status(pid); state != 0 && state != 'Z' && state != 'X' {
			return fmt.Errorf("process %d is still there", pid)
		}
	}
	return nil
}

// status returns a process's state and parent, or 0 when it is not there.
func status(pid int) (state byte, parent int) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	// 1234 (name) S 1 ...; the name may hold anything, even parentheses.
	fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:])
	if len(fields) < 2 || len(fields[0]) == 0 {
		return 0, 0
	}
	parent, _ = strconv.Atoi(string(fields[1]))
	return fields[0][0], parent
}
