// A log written with Go's own packages asks our witness over HTTP, as any tlog-witness client does.
//
// Proofs come from golang.org/x/mod/sumdb/tlog, checkpoints from sumdb/note, and the cosignatures are verified by
// transparency-dev/formats. It ends with a message where the witness does anything but what the specification says.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	f_note "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "log.example/go"

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = h[index]
	}
	return found, nil
}

func grown(count int, word string) hashes {
	var stored hashes
	for n := range count {
		more, err := tlog.StoredHashes(int64(n), fmt.Appendf(nil, "%s %d", word, n), stored)
		must(err)
		stored = append(stored, more...)
	}
	return stored
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func signed(stored hashes, size int64, signer note.Signer) []byte {
	root, err := tlog.TreeHash(size, stored)
	must(err)
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
	checkpoint, err := note.Sign(&note.Note{Text: text}, signer)
	must(err)
	return checkpoint
}

func ask(url string, stored hashes, old, size int64, signer note.Signer) (int, string, []byte, []byte) {
	body := fmt.Appendf(nil, "old %d\n", old)
	if old > 0 && old < size {
		proof, err := tlog.ProveTree(size, old, stored)
		must(err)
		for _, hash := range proof {
			body = fmt.Appendf(body, "%s\n", base64.StdEncoding.EncodeToString(hash[:]))
		}
	}
	checkpoint := signed(stored, size, signer)
	body = append(append(body, '\n'), checkpoint...)
	response, err := http.Post(url+"/add-checkpoint", "", bytes.NewReader(body))
	must(err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(err)
	return response.StatusCode, response.Header.Get("Content-Type"), answer, checkpoint
}

// plain gives the key in the form that formats/note reads: its type byte says Ed25519, the verifier adds the time.
func plain(vkey string) string {
	name, rest, _ := strings.Cut(vkey, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	must(err)
	raw[0] = 1
	return name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(raw)
}

func main() {
	if os.Args[1] == "keygen" {
		private, public, err := note.GenerateKey(rand.Reader, origin)
		must(err)
		must(json.NewEncoder(os.Stdout).Encode([]string{private, public}))
		return
	}
	url, private, witnessKey := os.Args[1], os.Args[2], os.Args[3]
	signer, err := note.NewSigner(private)
	must(err)
	witness, err := f_note.NewVerifierForCosignatureV1(plain(witnessKey))
	must(err)
	honest, forked := grown(300, "entry"), grown(300, "other")
	old := int64(0)
	for _, size := range []int64{1, 2, 255, 256, 257, 257, 300} {
		status, _, answer, checkpoint := ask(url, honest, old, size, signer)
		if status != 200 {
			must(fmt.Errorf("size %d from %d: %d %s", size, old, status, answer))
		}
		opened, err := note.Open(append(checkpoint, answer...), note.VerifierList(witness))
		must(err)
		if _, err := f_note.CoSigV1Timestamp(opened.Sigs[0]); err != nil || len(opened.Sigs) != 1 {
			must(fmt.Errorf("size %d: %d cosignatures, %v", size, len(opened.Sigs), err))
		}
		old = size
	}
	status, kind, answer, _ := ask(url, honest, 0, 300, signer)
	if status != 409 || kind != "text/x.tlog.size" || string(answer) != "300\n" {
		must(fmt.Errorf("behind: %d %s %q", status, kind, answer))
	}
	if status, _, _, _ := ask(url, forked, 300, 300, signer); status != 409 {
		must(fmt.Errorf("another root: %d", status))
	}
	fmt.Println("ok")
}
