/* A closed field shows its content; where there is none yet, nothing instead of “null”. */
(() => {
  const { StructBlockDefinition } = window.wagtailStreamField.blocks;

  class Field extends StructBlockDefinition {
    constructor(...details) {
      super(...details);
      this.constructor = StructBlockDefinition; // the editor compares with it to see which children are structs
    }

    render(...where) {
      const block = super.render(...where);
      const { layout } = block;
      const said = layout.getTextLabel.bind(layout);
      layout.getTextLabel = (options) => {
        const label = said(options);
        return label === 'null' ? '' : label;
      };
      layout.setCollapsedLabelText();
      return block;
    }
  }

  window.telepath.register('templates_lib.Field', Field);
})();
