//go:build !linux

package pgtest

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// endWithUs does nothing here: the postmaster ends by itself within a minute
// when it finds its folder gone.
func endWithUs(*syscall.SysProcAttr) {}

// childrenOf lists the processes that a process has started.
func childrenOf(parent int) []int {
	out, _ := exec.Command("pgrep", "-P", strconv.Itoa(parent)).Output()
	var children []int
	for _, field := range strings.Fields(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil {
			children = append(children, pid)
		}
	}
	return children
}

// gone says whether all processes have ended.
func gone(pids []int) error {
	for _, pid := range pids {
		if syscall.Kill(pid, 0) == nil {
			return fmt.Errorf("process %d is still there", pid)
		}
	}
	return nil
}
