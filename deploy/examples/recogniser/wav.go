package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

const wavHeader = 44

// file is a WAV file that grows: 16 bits, one channel, 8 kHz.
type file struct {
	*os.File
	size int64 // of the samples, bytes
}

func create(name string) (*file, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // of a checked name
	if err != nil {
		return nil, fmt.Errorf("sound: %w", err)
	}
	return &file{File: f}, nil
}

// put places samples where they belong: what was dropped before them is silence.
func (f *file) put(sample int64, b []byte) error {
	if _, err := f.WriteAt(b, wavHeader+2*sample); err != nil {
		return fmt.Errorf("sound: %w", err)
	}
	f.size = max(f.size, 2*sample+int64(len(b)))
	return nil
}

// close writes the header, whose sizes are known now.
func (f *file) close() error {
	const rate = 8000
	size := uint32(f.size) //nolint:gosec // a call's length
	h := append(make([]byte, 0, wavHeader), "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, size+wavHeader-8)
	h = append(h, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...) // PCM, one channel
	h = binary.LittleEndian.AppendUint32(h, rate)
	h = binary.LittleEndian.AppendUint32(h, 2*rate)
	h = append(h, "\x02\x00\x10\x00data"...)
	h = binary.LittleEndian.AppendUint32(h, size)
	_, err := f.WriteAt(h, 0)
	return errors.Join(err, f.Close())
}
