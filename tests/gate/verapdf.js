// Which PDF/UA-1 rules the files named on the command line break, one JSON object a line. Run by Rhino, see readers.py.
var verapdf = Packages.org.verapdf;
verapdf.gf.foundry.VeraGreenfieldFoundryProvider.initialise();
var flavour = verapdf.pdfa.flavours.PDFAFlavour.PDFUA_1;
var foundry = verapdf.pdfa.Foundries.defaultInstance();
for (var n = 0; n < arguments.length; n++) {
  var parser = foundry.createParser(new java.io.File(arguments[n]), flavour);
  var validator = foundry.createValidator(flavour, false);
  var result = validator.validate(parser);
  var broken = [];
  for (var at = result.getTestAssertions().iterator(); at.hasNext();) {
    var one = at.next();
    if (String(one.getStatus().name()) === "FAILED") broken.push(one.getRuleId().getClause() + ": " + one.getMessage() + " " + one.getLocation().getContext());
  }
  print(JSON.stringify({ file: String(arguments[n]), passed: Boolean(result.isCompliant()), checked: Number(result.getTotalAssertions()), broken: broken.map(String) }));
  parser.close();
}
