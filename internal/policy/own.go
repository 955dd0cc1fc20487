package policy

import "github.com/modship-build/modship/internal/rules"

// Complaint is what a policy that somebody wrote says of an image.
type Complaint struct {
	Level                Level
	Place, Message, Help string
}

// Own makes a rule of the judgement of a policy that somebody wrote. Its ID and page are the row's.
func Own(row rules.Rule, judge func(Image) []Complaint) Rule {
	return Rule{Rule: row, check: func(c *checker) {
		for _, complaint := range judge(c.Image) {
			c.find(complaint.Level, complaint.Place, complaint.Help, "%s", complaint.Message)
		}
	}}
}
