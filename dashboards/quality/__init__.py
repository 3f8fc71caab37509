"""Parts of the Match quality page: the last evaluation, the models that judge, figures."""
