package request

import (
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
)

// FailureFile is where a step that fails leaves a [Failure]: in its own root, which the frontend can read although there is no result.
const FailureFile = "modship-failure.json"

// Failure is why a step failed.
type Failure struct {
	// Text is the reason in full, as it is printed.
	Text string `json:"text"`
	// Mistakes are the parts of the reason, if it has such.
	Mistakes []Mistake `json:"mistakes,omitempty"`
	// Gone are the parts of [ModulePart] with modules whose zips are not kept any more.
	Gone []int `json:"gone,omitempty"`
	// Hosts are those of repositories that have let nobody in who was not known, and that the request does not name.
	Hosts []string `json:"hosts,omitempty"`
	// Files are texts to show mistakes in, of files that are not in the build context, by the name that mistakes have for them.
	Files map[string]string `json:"files,omitempty"`
}

// Mistake is a [diag.Error] as plain data.
type Mistake struct {
	diag.Range
	Msg  string `json:"msg"`
	Help string `json:"help,omitempty"`
	// Copy or Folder is what a [Files] asks for and cannot be had: the frontend knows where that was written.
	Copy   *Copy   `json:"copy,omitempty"`
	Folder *Folder `json:"folder,omitempty"`
	// Module is what could not be fetched: the frontend knows where that is required.
	Module *module.Version `json:"module,omitempty"`
}
