package bench

import (
	"errors"
	"os"
	"sync"
)

// journal is the least that durable writing takes: records appended to a plain
// file, with one fdatasync for all that wait.
type journal struct {
	file  *os.File
	queue chan *record
	done  sync.WaitGroup
}

type record struct {
	data    []byte
	durable chan error
}

const (
	recordSize = 200   // bytes
	groupMax   = 1_024 // records in one fdatasync
)

func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file, queue: make(chan *record, groupMax)}
	j.done.Go(j.run)
	return j, nil
}

// write returns once a record that begins with data is durable.
func (j *journal) write(data []byte) error {
	r := &record{data: data, durable: make(chan error, 1)}
	j.queue <- r
	return <-r.durable
}

func (j *journal) run() {
	group := make([]*record, 0, groupMax)
	buffer := make([]byte, 0, groupMax*recordSize)
	for first := range j.queue {
		group = append(group[:0], first)
		for more := true; more && len(group) < groupMax; {
			select {
			case r, ok := <-j.queue:
				if more = ok; ok {
					group = append(group, r)
				}
			default:
				more = false
			}
		}
		buffer = buffer[:0]
		for _, r := range group {
			buffer = appendRecord(buffer, r.data)
		}
		err := j.append(buffer)
		for _, r := range group {
			r.durable <- err
		}
	}
}

// appendRecord appends data, cut or filled up to the size of a record.
func appendRecord(b, data []byte) []byte {
	var r [recordSize]byte
	copy(r[:], data)
	return append(b, r[:]...)
}

func (j *journal) append(buffer []byte) error {
	if _, err := j.file.Write(buffer); err != nil {
		return err
	}
	return fdatasync(j.file)
}

// close waits for what is being written. Nothing may be written after it.
func (j *journal) close() error {
	close(j.queue)
	j.done.Wait()
	return errors.Join(j.file.Close(), os.Remove(j.file.Name()))
}
