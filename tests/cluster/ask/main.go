// ask tells what an API server says of manifests, without keeping any of them.
//
// It reads names of files from its standard input, one a line, and writes one line of JSON for each, in the same order: every document is
// posted as it is, with dryRun=All and fieldValidation=Strict. Definitions of custom resources beside other documents are installed for
// the file and taken away after it. Where to ask stands in the environment: APISERVER_URL and APISERVER_TOKEN. With --ready it only says
// by its exit code whether the server is ready.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

type cause struct {
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	Field   string `json:"field,omitempty"`
}

type verdict struct {
	Accepted bool     `json:"accepted"`
	Code     int      `json:"code"`
	Reason   string   `json:"reason,omitempty"`
	Message  string   `json:"message,omitempty"`
	Causes   []cause  `json:"causes,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

type answer struct {
	File      string    `json:"file"`
	Accepted  bool      `json:"accepted"`
	Documents []verdict `json:"documents"`
}

// What is needed of a document to know where it goes.
type header struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

type resource struct {
	plural     string
	namespaced bool
}

type server struct {
	url, token string
	client     *http.Client
	resources  map[string]map[string]resource
	namespaces map[string]bool
}

// Sends a request, and decodes the answer. A server that breaks down over it gives none: the code is 0 then.
func (s *server) call(method, path string, body []byte, into any) (int, http.Header) {
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	check(err)
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/yaml")
	request.Header.Set("Accept", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	check(err)
	if into != nil {
		_ = json.Unmarshal(content, into)
	}
	return response.StatusCode, response.Header
}

// What a version of a group serves, by kind.
func (s *server) kinds(apiVersion string) map[string]resource {
	if known, ok := s.resources[apiVersion]; ok {
		return known
	}
	var list struct {
		Resources []struct {
			Name       string
			Kind       string
			Namespaced bool
		}
	}
	found := map[string]resource{}
	if code, _ := s.call("GET", prefix(apiVersion), nil, &list); code == http.StatusOK {
		for _, one := range list.Resources {
			if !strings.Contains(one.Name, "/") {
				found[one.Kind] = resource{one.Name, one.Namespaced}
			}
		}
		s.resources[apiVersion] = found
	}
	return found
}

func prefix(apiVersion string) string {
	if strings.Contains(apiVersion, "/") {
		return "/apis/" + apiVersion
	}
	return "/api/" + apiVersion
}

// Where objects of a kind are posted.
func (s *server) collection(of header) (string, bool) {
	kind, known := s.kinds(of.APIVersion)[of.Kind]
	if !known {
		return "", false
	}
	path := prefix(of.APIVersion)
	if kind.namespaced {
		namespace := of.Metadata.Namespace
		if namespace == "" {
			namespace = "default"
		}
		s.namespace(namespace)
		path += "/namespaces/" + url.PathEscape(namespace)
	}
	return path + "/" + kind.plural, true
}

// A namespace that objects may be tried in.
func (s *server) namespace(name string) {
	if s.namespaces[name] {
		return
	}
	s.namespaces[name] = true
	body, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]string{"name": name}})
	check(err)
	s.call("POST", "/api/v1/namespaces", body, nil)
}

var (
	separator    = regexp.MustCompile(`(?m)^---([ \t].*)?$`)
	apiVersionOf = regexp.MustCompile(`(?m)^"?apiVersion"?:\s*"?([^\s"]+)`)
	kindOf       = regexp.MustCompile(`(?m)^"?kind"?:\s*"?([^\s"]+)`)
)

func headerOf(document []byte) header {
	var of header
	if yaml.Unmarshal(document, &of) == nil {
		return of
	}
	// The document is broken, and the server shall say so.
	of = header{}
	if found := apiVersionOf.FindSubmatch(document); found != nil {
		of.APIVersion = string(found[1])
	}
	if found := kindOf.FindSubmatch(document); found != nil {
		of.Kind = string(found[1])
	}
	return of
}

func (s *server) judge(document []byte) verdict {
	of := headerOf(document)
	path, known := s.collection(of)
	if !known {
		return verdict{Code: http.StatusNotFound, Reason: "NotFound", Message: fmt.Sprintf("no kind %q in version %q", of.Kind, of.APIVersion)}
	}
	var status struct {
		Reason, Message string
		Details         struct{ Causes []cause }
	}
	code, headers := s.call("POST", path+"?dryRun=All&fieldValidation=Strict", document, &status)
	if code == 0 {
		return verdict{Reason: "NoAnswer", Message: "the server gave no answer"}
	}
	told := verdict{Accepted: code < 300, Code: code, Warnings: headers.Values("Warning")}
	if !told.Accepted {
		told.Reason, told.Message, told.Causes = status.Reason, status.Message, status.Details.Causes
	}
	return told
}

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

// Installs a definition, and waits until its kind is served. Returns whether it was taken.
func (s *server) install(document []byte) (name string, installed bool) {
	var definition struct {
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct{ Name string }
		}
	}
	if yaml.Unmarshal(document, &definition) != nil {
		return "", false
	}
	name = headerOf(document).Metadata.Name
	if code, _ := s.call("POST", definitions, document, nil); code >= 300 {
		return name, false
	}
	for range 100 {
		served := true
		for _, version := range definition.Spec.Versions {
			apiVersion := definition.Spec.Group + "/" + version.Name
			kind, known := s.kinds(apiVersion)[definition.Spec.Names.Kind]
			if !known {
				delete(s.resources, apiVersion)
				served = false
				continue
			}
			path := prefix(apiVersion) + "/" + kind.plural
			code, _ := s.call("GET", path, nil, nil)
			served = served && code == http.StatusOK
		}
		if served {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return name, true
}

// Takes a definition away, and waits until it has gone.
func (s *server) remove(name string) {
	s.call("DELETE", definitions+"/"+name, nil, nil)
	for range 100 {
		if code, _ := s.call("GET", definitions+"/"+name, nil, nil); code == http.StatusNotFound {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.resources = map[string]map[string]resource{}
}

// The documents of a stream; a List is what is in it.
func documents(content []byte) (found [][]byte) {
	for _, document := range separator.Split(string(content), -1) {
		var value any
		if yaml.Unmarshal([]byte(document), &value) == nil && value == nil {
			continue
		}
		var list struct {
			APIVersion, Kind string
			Items            []json.RawMessage
		}
		if yaml.Unmarshal([]byte(document), &list) == nil && list.APIVersion == "v1" && list.Kind == "List" {
			for _, item := range list.Items {
				found = append(found, item)
			}
			continue
		}
		found = append(found, []byte(document))
	}
	return found
}

func (s *server) file(name string) answer {
	content, err := os.ReadFile(name)
	check(err)
	told := answer{File: name, Accepted: true, Documents: []verdict{}}
	all := documents(content)
	if len(all) > 1 {
		for _, document := range all {
			if headerOf(document).Kind == "CustomResourceDefinition" {
				if verdict := s.judge(document); !verdict.Accepted {
					continue
				}
				if definition, installed := s.install(document); installed {
					defer s.remove(definition)
				}
			}
		}
	}
	for _, document := range all {
		one := s.judge(document)
		if headerOf(document).Kind == "CustomResourceDefinition" && one.Reason == "AlreadyExists" {
			one = verdict{Accepted: true, Code: http.StatusCreated}
		}
		told.Documents = append(told.Documents, one)
		told.Accepted = told.Accepted && one.Accepted
	}
	return told
}

// Whether the server can be asked.
func (s *server) ready() bool {
	request, err := http.NewRequest("GET", s.url+"/readyz", nil)
	check(err)
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := s.client.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

func main() {
	// The server makes its own certificate, and listens on this machine only.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	s := &server{
		url: os.Getenv("APISERVER_URL"), token: os.Getenv("APISERVER_TOKEN"), client: &http.Client{Transport: transport},
		resources: map[string]map[string]resource{}, namespaces: map[string]bool{},
	}
	if len(os.Args) > 1 && os.Args[1] == "--ready" {
		if !s.ready() {
			os.Exit(1)
		}
		return
	}
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		check(output.Encode(s.file(names.Text())))
	}
	check(names.Err())
}
