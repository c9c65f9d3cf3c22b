"""The wellness index: questionnaire, personal result, and what groups may know of themselves."""
