package pgtest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
)

// versionMin is the oldest PostgreSQL that Saldo runs on.
const versionMin = 15

// binaries returns the folder of PostgreSQL's programs: the newest of Debian's
// folders, or else the one on PATH.
var binaries = sync.OnceValues(func() (string, error) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if onPath, err := exec.LookPath("postgres"); err == nil {
		if resolved, err := filepath.EvalSymlinks(onPath); err == nil {
			onPath = resolved
		}
		candidates = append(candidates, filepath.Dir(onPath))
	}
	newest, folder := 0, ""
	for _, dir := range candidates {
		if v := version(dir); v > newest {
			newest, folder = v, dir
		}
	}
	if newest < versionMin {
		return "", fmt.Errorf("PostgreSQL %d or newer is missing (the newest in %v is %d):"+
			" install Debian's package postgresql, for instance by scripts/install-test-deps",
			versionMin, candidates, newest)
	}
	return folder, nil
})

var versionPattern = regexp.MustCompile(`PostgreSQL\) (\d+)`)

// version returns the major version of the server in a folder, or 0.
func version(dir string) int {
	for _, program := range []string{"initdb", "pg_basebackup"} {
		if _, err := exec.LookPath(filepath.Join(dir, program)); err != nil {
			return 0
		}
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(match[1]))
	return n
}
