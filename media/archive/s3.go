package archive

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3Options name a bucket of an S3-compatible store. The bucket must be there.
type S3Options struct {
	Endpoint  string // http(s)://host[:port]
	Region    string // ["us-east-1"]
	Bucket    string
	Prefix    string // in front of every key, with its slash
	AccessKey string
	SecretKey string
}

// Times of one request: without an answer for so long a store is down. The whole body of
// a recording may take longer.
const (
	s3AnswerLimit = 30 * time.Second
	s3PutLimit    = 10 * time.Minute
)

// blockSize is read from the store at once: a minute of sound, more or less.
const blockSize = 1 << 20

type s3 struct {
	client *minio.Client
	o      S3Options
}

// NewS3 makes the store; it asks it nothing.
func NewS3(o S3Options) (Store, error) {
	endpoint, err := url.Parse(o.Endpoint)
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "http" && endpoint.Scheme != "https") || (endpoint.Path != "" && endpoint.Path != "/") {
		return nil, fmt.Errorf("archive: S3 endpoint %q: want http(s)://host[:port]", o.Endpoint)
	}
	if o.Bucket == "" || o.AccessKey == "" || o.SecretKey == "" {
		return nil, errors.New("archive: S3 needs a bucket, an access key and a secret key")
	}
	if o.Region == "" {
		o.Region = "us-east-1" // named, so that no request is made to ask for it
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("archive: the default HTTP transport was replaced")
	}
	transport = transport.Clone()
	transport.ResponseHeaderTimeout = s3AnswerLimit
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: endpoint.Scheme == "https", Region: o.Region,
		BucketLookup: minio.BucketLookupPath, Transport: transport, TrailingHeaders: true,
		MaxRetries: 2, // the archive itself tries again, later and later
	})
	if err != nil {
		return nil, fmt.Errorf("archive: S3: %w", err)
	}
	return &s3{client, o}, nil
}

// Put sends the SHA-256 with the body: a store that got anything else refuses it.
func (s *s3) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, sha256 []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s3PutLimit)
	defer cancel()
	_, err := s.client.PutObject(ctx, s.o.Bucket, s.o.Prefix+key, body, size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", DisableMultipart: true, // atomic: there is no half an object
		UserMetadata: map[string]string{"x-amz-checksum-sha256": base64.StdEncoding.EncodeToString(sha256)},
	})
	return s3Fault("put", err)
}

func (s *s3) Delete(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, s3AnswerLimit)
	defer cancel()
	return s3Fault("delete", s.client.RemoveObject(ctx, s.o.Bucket, s.o.Prefix+key, minio.RemoveObjectOptions{}))
}

// Open reads in blocks, as they are asked for; ctx is for all of them.
func (s *s3) Open(ctx context.Context, key string) (Object, error) {
	key = s.o.Prefix + key
	stat, err := s.client.StatObject(ctx, s.o.Bucket, key, minio.StatObjectOptions{})
	if err != nil {
		return nil, s3Fault("open", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	return &s3Object{s: s, ctx: ctx, cancel: cancel, key: key, etag: stat.ETag, size: stat.Size, block: -1}, nil
}

// s3Object keeps the block read last.
type s3Object struct {
	s      *s3
	ctx    context.Context //nolint:containedctx // of whoever opened it: ReadAt has none
	cancel context.CancelFunc
	key    string
	etag   string
	size   int64

	mu    sync.Mutex
	block int64 // number of the one in bytes, -1: none
	bytes []byte
}

func (o *s3Object) Size() int64 { return o.size }

func (o *s3Object) Close() error {
	o.cancel()
	return nil
}

func (o *s3Object) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("archive: read before the start")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for n < len(b) {
		if off >= o.size {
			return n, io.EOF
		}
		if err := o.load(off / blockSize); err != nil {
			return n, err
		}
		c := copy(b[n:], o.bytes[off%blockSize:])
		n += c
		off += int64(c)
	}
	return n, nil
}

func (o *s3Object) load(block int64) error {
	if o.block == block {
		return nil
	}
	o.block = -1
	first := block * blockSize
	last := min(first+blockSize, o.size) - 1
	var options minio.GetObjectOptions
	if err := errors.Join(options.SetRange(first, last), options.SetMatchETag(o.etag)); err != nil {
		return fmt.Errorf("archive: S3: %w", err)
	}
	object, err := o.s.client.GetObject(o.ctx, o.s.o.Bucket, o.key, options)
	if err != nil {
		return s3Fault("read", err)
	}
	o.bytes, err = io.ReadAll(io.LimitReader(object, blockSize))
	if err = errors.Join(err, object.Close()); err != nil {
		return s3Fault("read", err)
	}
	if int64(len(o.bytes)) != last-first+1 {
		return fmt.Errorf("archive: S3: read: %d bytes of %d", len(o.bytes), last-first+1)
	}
	o.block = block
	return nil
}

// s3Fault says what was being done; a key that is not there is fs.ErrNotExist. What lies in
// front of a store may have a limit of its own, and answers in no S3 code.
func s3Fault(doing string, err error) error {
	if err == nil {
		return nil
	}
	switch answer := minio.ToErrorResponse(err); {
	case answer.Code == minio.NoSuchKey:
		return fmt.Errorf("archive: S3: %s: %w", doing, fs.ErrNotExist)
	case answer.Code == minio.EntityTooLarge, answer.StatusCode == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("archive: S3: %s: %w: %w", doing, ErrTooLarge, err)
	}
	return fmt.Errorf("archive: S3: %s: %w", doing, err)
}
