package media

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// A recording is a file of encrypted chunks, one a second, so that a crash loses
// at most what was not yet written:
//
//	header  "HLR1", salt (16 bytes), start (Unix ms, 8 bytes)
//	chunk   length (4 bytes), AES-256-GCM of stereo A-law, left and right by turns
//
// The file's key is derived from the service's and the salt; a chunk's nonce is
// its number, and its number and whether it is the last are authenticated, so
// that chunks cannot be moved, and a missing end is seen. The last chunk may be
// short or empty. While it is written the name ends in ".part".

const (
	recordingMagic  = "HLR1"
	saltSize        = 16
	headerSize      = len(recordingMagic) + saltSize + 8
	chunkFrames     = 8000 // one second
	chunkBytes      = 2 * chunkFrames
	lengthSize      = 4
	partSuffix      = ".part"
	recordingSuffix = ".rec"
)

// chunkSealer encrypts or decrypts the chunks of one file.
type chunkSealer struct {
	aead   cipher.AEAD
	number uint64
}

func newSealer(key, header []byte) (chunkSealer, error) {
	salt := header[len(recordingMagic) : len(recordingMagic)+saltSize]
	derived, err := hkdf.Key(sha256.New, key, salt, "recording", 32)
	if err != nil {
		return chunkSealer{}, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return chunkSealer{}, err
	}
	aead, err := cipher.NewGCM(block)
	return chunkSealer{aead: aead}, err
}

// nonce and additional data of chunk number n.
func (c *chunkSealer) names(n uint64, last bool) (nonce, data []byte) {
	nonce = make([]byte, 12)
	binary.BigEndian.PutUint64(nonce[4:], n)
	data = make([]byte, 9)
	binary.BigEndian.PutUint64(data, n)
	if last {
		data[8] = 1
	}
	return nonce, data
}

// seal appends a chunk with its length in front.
func (c *chunkSealer) seal(out, plain []byte, last bool) []byte {
	nonce, data := c.names(c.number, last)
	c.number++
	out = binary.BigEndian.AppendUint32(out, uint32(len(plain)+c.aead.Overhead())) //nolint:gosec // at most a chunk
	return c.aead.Seal(out, nonce, plain, data)
}

func (c *chunkSealer) open(n uint64, sealed []byte, last bool) ([]byte, error) {
	nonce, data := c.names(n, last)
	return c.aead.Open(nil, nonce, sealed, data)
}
