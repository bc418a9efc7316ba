package pebble

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Every key starts with one byte that says what it is the key of. Numbers are
// eight bytes, big endian, so that keys sort as their numbers do.
const (
	prefixAccount     = 'a' // account
	prefixChapter     = 'b' // account, number of a line: the balances after it and those that follow
	prefixClosed      = 'c' // account, number of a closed hold
	prefixEntry       = 'e' // account, time, number: an entry, or references to entries
	prefixFingerprint = 'f' // fingerprint, client id: nothing more
	prefixClient      = 'h' // account, client id: nothing more
	prefixListed      = 'i' // account, number of a movement: nothing more
	prefixJob         = 'j' // length of the topic, topic, number of a job
	prefixKey         = 'k' // space, account as a varint, value
	prefixMovement    = 'm' // number of a movement
	prefixOrdered     = 'n' // kind, owner, number and name of a record: nothing more
	prefixOpen        = 'o' // account, number of an open hold
	prefixProfile     = 'p' // account
	prefixRecord      = 'r' // kind, name of a record
	prefixSuspense    = 's' // number of a suspense item
	prefixReturn      = 't' // account, length of an externalId, externalId, number of a return: nothing more
	prefixCredential  = 'u' // client id
	prefixWaiting     = 'w' // account, number of a hold that waits for credits: nothing more
	prefixMeta        = 'z' // a name: what is known of the store itself
)

var (
	keyFormat = append([]byte{prefixMeta}, "format"...)
	keyLastID = append([]byte{prefixMeta}, "last"...)
)

// Where numbers stand in keys.
const (
	firstNumber  = 1
	secondNumber = firstNumber + 8
	thirdNumber  = secondNumber + 8
)

// number reads the number of eight bytes at a place in a key, 0 if it is short.
func number(key []byte, at int) uint64 {
	if len(key) < at+8 {
		return 0
	}
	return binary.BigEndian.Uint64(key[at:])
}

func appendOne(key []byte, prefix byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64(append(key, prefix), n)
}

// appendOf starts the key of what belongs to an account.
func appendOf(key []byte, prefix byte, account ledger.AccountID) []byte {
	return appendOne(key, prefix, uint64(account))
}

func appendNumbered(key []byte, prefix byte, account ledger.AccountID, n uint64) []byte {
	return binary.BigEndian.AppendUint64(appendOf(key, prefix, account), n)
}

func appendAccountKey(key []byte, id ledger.AccountID) []byte {
	return appendOne(key, prefixAccount, uint64(id))
}

func appendProfileKey(key []byte, id ledger.AccountID) []byte {
	return appendOne(key, prefixProfile, uint64(id))
}

func appendMovementKey(key []byte, id pix.MovementID) []byte {
	return appendOne(key, prefixMovement, uint64(id))
}

// appendEntryKey makes the key of an entry, or of references to entries: the
// account and time of its first line here and that line's number.
func appendEntryKey(key []byte, account ledger.AccountID, at int64, number uint64) []byte {
	key = appendNumbered(key, prefixEntry, account, sortable(at))
	return binary.BigEndian.AppendUint64(key, number)
}

// sortable maps microseconds to numbers that sort as they do.
func sortable(micros int64) uint64 { return uint64(micros) ^ 1<<63 }

func appendKeyKey(key []byte, k pix.Key) []byte {
	key = append(key, prefixKey, byte(k.Space))
	key = binary.AppendUvarint(key, uint64(k.Account))
	return append(key, k.Value...)
}

func appendJobKey(key []byte, k pix.JobKey) []byte {
	key = append(key, prefixJob, byte(len(k.Topic)))
	key = append(key, k.Topic...)
	return binary.BigEndian.AppendUint64(key, k.ID)
}

// jobKey reads a key of a job.
func jobKey(key []byte) (pix.JobKey, bool) {
	if len(key) < 2 || len(key) != 2+int(key[1])+8 {
		return pix.JobKey{}, false
	}
	end := 2 + int(key[1])
	return pix.JobKey{Topic: pix.Topic(key[2:end]), ID: number(key, end)}, true
}

// appendReturns starts the keys of an account's returns with an externalId.
func appendReturns(key []byte, account ledger.AccountID, externalID string) []byte {
	return appendText(appendOf(key, prefixReturn, account), externalID)
}

func appendRecordKey(key []byte, k pix.RecordKey) []byte {
	return append(append(key, prefixRecord, byte(k.Kind)), k.Name...)
}

// appendOrderedKey makes the key of a record's place in the list of its owner.
func appendOrderedKey(key []byte, r *pix.Record) []byte {
	key = appendList(key, r.Kind, r.Owner)
	return append(binary.BigEndian.AppendUint64(key, r.Number), r.Name...)
}

// appendList starts the keys of the records of a kind and owner.
func appendList(key []byte, kind pix.RecordKind, owner uint64) []byte {
	return binary.BigEndian.AppendUint64(append(key, prefixOrdered, byte(kind)), owner)
}

// nameAt is where a record's name stands in the key of its place.
const nameAt = 1 + 1 + 8 + 8

func appendCredentialKey(key []byte, clientID string) []byte {
	return append(append(key, prefixCredential), clientID...)
}

func appendClientKey(key []byte, account ledger.AccountID, clientID string) []byte {
	return append(appendOf(key, prefixClient, account), clientID...)
}

func appendFingerprintKey(key []byte, f auth.Fingerprint, clientID string) []byte {
	return append(append(append(key, prefixFingerprint), f[:]...), clientID...)
}

// after returns the first key above all keys that start with key, which must
// not consist of bytes 255 alone.
func after(key []byte) []byte {
	end := append([]byte(nil), key...)
	for i := len(end) - 1; ; i-- {
		if end[i] != math.MaxUint8 {
			end[i]++
			return end[:i+1]
		}
	}
}

// Times are kept as microseconds since 1970, UTC. What lies outside of 64 bits
// of them becomes the nearest.
const (
	yearMax = 200_000
	yearMin = -200_000
)

func micros(t time.Time) int64 {
	switch year := t.Year(); {
	case year > yearMax:
		return math.MaxInt64 - 1
	case year < yearMin:
		return math.MinInt64
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
