"""What Rollcall is on AWS: one CloudFormation template, and how it is made, deployed and destroyed.

Chalice describes the functions and the routes; the modules here describe everything else, one kind of resource a file,
as the JSON that CloudFormation takes. `infra.template` joins both. Nothing here is packaged with the service.
"""
